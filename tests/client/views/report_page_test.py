"""The report's page in a real browser: what it draws, its switches, its slider, hostile texts.

  report_page_test.py --tool report_page_tool
"""
import argparse
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "integration"))
from browser import Browser  # noqa: E402

OPTIONS = None  # set by main
HOSTILE = "</script ><script>window.hacked=1</script>"


class ReportPage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="electra-test-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.pages = {}
        for size, language in (("small", "ko"), ("small", "en"), ("large", "en")):
            page = cls.folder / f"{size}-{language}.html"
            subprocess.run([OPTIONS.tool, size, language, page], check=True, timeout=120)
            cls.pages[size, language] = page
        cls.browser = Browser()
        cls.addClassCleanup(cls.browser.close)

    def open(self, size="small", language="en"):
        self.browser.open(self.pages[size, language])
        return self.browser

    def test_curves_are_drawn_and_the_marker_is_at_the_step(self):
        browser = self.open()
        curves = browser.evaluate(
            "[...document.querySelectorAll('svg path')].map((path) => "
            "[path.dataset.curve, path.getTotalLength(), path.getBoundingClientRect().width])")
        self.assertEqual([name for name, _, _ in curves],
                         ["combined_loss", "generator_loss", "discriminator_loss",
                          "generator_accuracy", "discriminator_precision", "discriminator_recall"])
        for name, length, width in curves:
            self.assertGreater(length, 300, name)
            self.assertGreater(width, 100, name)
        # Each loss and the accuracy, at two evaluations.
        self.assertEqual(browser.evaluate("document.querySelectorAll('svg circle').length"), 8)
        ends = browser.evaluate("[...document.querySelectorAll('svg')].map((svg) => ["
                                "svg.querySelector('line.marker').x1.baseVal.value, "
                                "svg.querySelector('line.axis').x2.baseVal.value])")
        right = browser.evaluate("charts[0].xOf(lastStep)")
        self.assertEqual(browser.evaluate("lastStep"), 120)
        for marker, _ in ends:
            self.assertAlmostEqual(marker, right, delta=1)  # the last step: the right end

    def test_the_slider_chooses_the_step(self):
        browser = self.open()
        self.assertEqual(browser.text("#shown-step"), "120")
        self.assertEqual(browser.evaluate("document.querySelector('#sentences article').dataset.step"),
                         "120")
        browser.evaluate("document.querySelector('#step').focus()")
        browser.press("ArrowLeft", 37)
        self.assertEqual(browser.text("#shown-step"), "110")
        browser.press("Home", 36)
        self.assertEqual(browser.text("#shown-step"), "10")
        self.assertEqual(browser.evaluate("document.querySelector('#sentences article').dataset.step"),
                         "10")
        self.assertIn("result of step 10", browser.text("#sentences"))
        self.assertAlmostEqual(browser.evaluate(
            "document.querySelector('line.marker').x1.baseVal.value - charts[0].xOf(10)"), 0, delta=1)

    def test_axes_have_names_and_ticks(self):
        browser = self.open()
        for chart, name in (("combined_loss", "loss"), ("rates", "share")):
            shown = browser.evaluate(
                f"['.axis-name', '.tick-x', '.tick-y'].map((kind) => [...document.querySelectorAll("
                f"`[data-chart={chart}] ${{kind}}`)].map((node) => node.textContent))")
            self.assertEqual(shown[0], ["step", name])
            self.assertEqual(shown[1], ["0", "20", "40", "60", "80", "100", "120"])
            self.assertGreaterEqual(len(shown[2]), 3)
            self.assertEqual([float(tick) for tick in shown[2]],
                             sorted(float(tick) for tick in shown[2]))
            self.assertTrue(browser.text(f"[data-chart={chart}] .explained").strip())
        self.assertEqual(shown[2], ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"])

    def test_a_pointer_shows_the_step_and_its_values(self):
        browser = self.open()
        self.assertIn("Point at the plot", browser.text("[data-chart=generator_loss] .readout"))
        x, y = browser.evaluate(
            "(() => { const svg = document.querySelector('[data-chart=combined_loss] svg'), "
            "box = svg.getBoundingClientRect(); return [box.left + charts[0].xOf(60) * box.width / "
            "svg.viewBox.baseVal.width, box.top + box.height / 2]; })()")
        browser.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
        expected = browser.evaluate("data.curves.generator_loss.find(([step]) => step === 60)[1]")
        self.assertIn(f"step 60 · Generator loss {expected:.3f}",
                      browser.text("[data-chart=generator_loss] .readout"))
        self.assertIn("fakes: recall", browser.text("[data-chart=rates] .readout"))
        browser.call("Input.dispatchMouseEvent", type="mouseMoved", x=1, y=1)
        self.assertIn("Point at the plot", browser.text("[data-chart=generator_loss] .readout"))
        browser.evaluate("document.querySelector('svg').focus()")
        browser.press("ArrowLeft", 37)
        self.assertIn("step 120", browser.text("[data-chart=generator_loss] .readout"))
        browser.press("ArrowLeft", 37)
        self.assertIn("step 119", browser.text("[data-chart=generator_loss] .readout"))

    def test_the_first_steps_do_not_flatten_the_rest(self):
        browser = self.open("large")
        span = ("(() => { const box = document.querySelector('[data-chart=combined_loss] path')"
                ".getBBox(); return [charts[0].xOf(100000), Number([...document.querySelectorAll("
                "'[data-chart=combined_loss] .tick-y')].at(-1).textContent)]; })()")
        self.assertEqual(browser.evaluate("firstStep"), 25_000)
        _, highest = browser.evaluate(span)
        self.assertLess(highest, 20)
        buttons = "[...document.querySelectorAll('#ranges button')]"
        self.assertEqual(browser.evaluate(f"{buttons}.map((button) => button.textContent)"),
                         ["from step 25,000", "from the beginning"])
        browser.evaluate(f"{buttons}[1].click()")
        self.assertEqual(browser.evaluate("firstStep"), 0)
        self.assertGreater(browser.evaluate(span)[1], 20)

    def test_fine_tunings_stand_in_a_table_where_there_are_some(self):
        browser = self.open()
        table = browser.text("#finetunings")
        for words in ("base", "0.500 ± 0.010", "adapted", "0.750 ± 0.010", HOSTILE):
            self.assertIn(words, table)
        browser = self.open("large")
        self.assertTrue(browser.evaluate("document.getElementById('finetuning').hidden"))
        ids = browser.evaluate("[...document.querySelectorAll('[id]')].map((node) => node.id)")
        self.assertEqual(len(ids), len(set(ids)))

    def test_the_best_step_is_marked(self):
        browser = self.open("large")
        self.assertEqual(browser.evaluate("document.querySelectorAll('line.best').length"), 4)
        self.assertAlmostEqual(browser.evaluate(
            "document.querySelector('line.best').x1.baseVal.value - charts[0].xOf(75000)"), 0, delta=1)
        self.assertEqual(browser.evaluate(
            "[...document.querySelectorAll('tr.best')].map((row) => row.cells[0].textContent)"),
            ["★ 75,000"])

    def test_the_corpus_has_its_name(self):
        self.assertIn("corpus books.csv", self.open().text("#facts"))

    def resize(self, width):
        self.browser.resize(width)
        self.addCleanup(self.browser.call, "Emulation.clearDeviceMetricsOverride")

    def test_no_table_is_clipped_on_a_desktop(self):
        self.resize(1280)
        for key in self.pages:
            browser = self.open(*key)
            for language in ("ko", "en"):
                browser.evaluate(f"document.querySelector('[data-language={language}]').click()")
                self.assertEqual(browser.evaluate(
                    "[...document.querySelectorAll('.scroll')].filter((node) => "
                    "node.scrollWidth > node.clientWidth).map((node) => node.textContent)"), [])
                self.assertLessEqual(browser.evaluate("document.documentElement.scrollWidth"), 1280)

    def test_on_a_telephone_the_columns_that_matter_come_first(self):
        self.resize(390)
        browser = self.open("large")
        self.assertLessEqual(browser.evaluate("document.documentElement.scrollWidth"), 390)

        def seen(selector):
            return browser.evaluate(
                f"[...document.querySelectorAll('{selector} tr:first-child th')].filter((head) => "
                "head.getBoundingClientRect().right <= innerWidth).map((head) => head.textContent)")
        self.assertEqual(seen("table.tokens")[:4],
                         ["Real token", "(Fake) token", "Correct", "Fake probability"])
        self.assertEqual(seen("#evaluations")[:4],
                         ["Step", "Combined loss", "fakes: recall", "fakes: precision"])
        self.assertEqual(seen("[data-table=missed_heading]")[:3],
                         ["Real token", "(Fake) token", "Missed %"])
        # The plots are drawn for the width, not shrunk to it.
        self.assertAlmostEqual(browser.evaluate(
            "(() => { const svg = document.querySelector('svg'); return "
            "svg.getBoundingClientRect().width / svg.viewBox.baseVal.width; })()"), 1, delta=0.02)

    def test_sentences_and_their_table_say_what_happened(self):
        browser = self.open()
        kinds = browser.evaluate(
            "['caught', 'missed', 'suspected'].map((kind) => "
            "[...document.querySelectorAll(`.sentence:last-of-type .${kind}, .sentence .${kind}`)]"
            ".map((node) => node.textContent))")
        self.assertIn("(윈도우)", kinds[1])
        self.assertIn("의", kinds[2])
        rows = browser.evaluate("[...document.querySelectorAll('table.tokens tr')].map("
                                "(row) => [...row.cells].map((cell) => cell.textContent))")
        self.assertEqual(rows[0], ["Position", "Real token", "(Fake) token", "Fake probability",
                                   "Actual", "Predicted", "Correct"])
        self.assertEqual([(row[0], *row[4:]) for row in rows[1:]],
                         [("6", "fake", "fake", "✓"), ("9", "fake", "fake", "✓"),
                          ("2", "fake", "-", "✗"), ("5", "-", "fake", "✗"),
                          ("19", "-", "fake", "✗")])
        # Not by colour alone: a mark and a line of its own kind.
        marks = browser.evaluate(
            "['caught', 'missed', 'suspected'].map((kind) => { const node = "
            "document.querySelector(`.legend .${kind}`); return ["
            "getComputedStyle(node, '::after').content, getComputedStyle(node).textDecorationStyle]; })")
        self.assertEqual(len({content for content, _ in marks}), 3)
        self.assertEqual([style for _, style in marks], ["solid", "wavy", "dotted"])

    def test_both_languages(self):
        browser = self.open(language="ko")
        self.assertEqual(browser.evaluate("document.documentElement.lang"), "ko")
        self.assertIn("학습 곡선", browser.text("main"))
        self.assertIn("120번째 step 결과", browser.text("#sentences"))
        self.assertIn("완료", browser.text("#facts"))
        marks = browser.evaluate("[...document.querySelectorAll('table.tokens td:last-child')]"
                                 ".map((cell) => cell.textContent)")
        self.assertEqual(marks, ["O", "O", "X", "X", "X"])
        browser.evaluate("document.querySelector('[data-language=en]').click()")
        self.assertEqual(browser.evaluate("document.documentElement.lang"), "en")
        shown = browser.text("body")
        for korean in ("학습", "곡선", "문장 위치", "놓친", "완료"):
            self.assertNotIn(korean, shown)
        self.assertIn("Sample predictions", shown)
        browser.evaluate("document.querySelector('[data-language=ko]').click()")
        self.assertIn("샘플 예측", browser.text("main"))

    def test_what_is_confused_is_of_the_evaluation_or_of_the_samples(self):
        browser = self.open()
        self.assertIn("Evaluation after step 120: 44 held-out sequences, 1,320 tokens, 211 of them "
                      "masked", browser.text("#confusion-counts"))
        self.assertIn("리눅스", browser.text("#confusion-tables"))
        pressed = "[...document.querySelectorAll('#sources button')].map(b => b.ariaPressed)"
        self.assertEqual(browser.evaluate(pressed), ["true", "false"])
        browser.evaluate("document.querySelectorAll('#sources button')[1].click()")
        self.assertEqual(browser.evaluate(pressed), ["false", "true"])
        self.assertIn("12 samples of training batches", browser.text("#confusion-counts"))
        self.assertNotIn("리눅스", browser.text("#confusion-tables"))
        self.assertIn("<b>윈도우</b>", browser.text("#confusion-tables"))

    def test_light_and_dark(self):
        browser = self.open()
        brightness = ("(() => { const [r, g, b] = getComputedStyle(document.body).backgroundColor"
                      ".match(/\\d+/g).map(Number); return r + g + b; })()")
        browser.prefer_color_scheme("light")
        self.assertGreater(browser.evaluate(brightness), 600)
        browser.prefer_color_scheme("dark")
        self.assertLess(browser.evaluate(brightness), 150)
        browser.evaluate("document.querySelector('[data-theme-choice=light]').click()")
        self.assertGreater(browser.evaluate(brightness), 600)
        browser.prefer_color_scheme("light")
        browser.evaluate("document.querySelector('[data-theme-choice=dark]').click()")
        self.assertLess(browser.evaluate(brightness), 150)
        # Text is readable on it (WCAG AA).
        contrast = """(() => {
          const luminance = (color) => color.match(/\\d+/g).slice(0, 3).map((part) => part / 255)
            .map((part) => part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
            .reduce((sum, part, i) => sum + part * [0.2126, 0.7152, 0.0722][i], 0);
          return ['caught', 'missed', 'suspected'].map((kind) => {
            const style = getComputedStyle(document.querySelector(`.legend .${kind}`));
            const [dark, light] = [luminance(style.color), luminance(style.backgroundColor)].sort((a, b) => a - b);
            return (light + 0.05) / (dark + 0.05);
          });
        })()"""
        for theme in ("dark", "light"):
            browser.evaluate(f"document.querySelector('[data-theme-choice={theme}]').click()")
            for ratio in browser.evaluate(contrast):
                self.assertGreater(ratio, 4.5, theme)

    def test_hostile_text_stays_text(self):
        browser = self.open()
        self.assertIsNone(browser.evaluate("window.hacked"))
        self.assertEqual(browser.evaluate("document.querySelectorAll('img, iframe, object').length"), 0)
        self.assertEqual(browser.evaluate("document.querySelectorAll('script').length"), 2)
        self.assertTrue(browser.text("#title").startswith(HOSTILE))
        self.assertIn(HOSTILE, browser.text("#sentences"))
        self.assertIn("(<img src=x onerror=\"window.hacked=1\">)", browser.text("#sentences"))
        browser.evaluate("document.querySelectorAll('#sources button')[1].click()")
        self.assertIn("<b>윈도우</b>", browser.text("#confusions"))
        self.assertIn(HOSTILE, browser.text("#settings"))
        # A text that turns the direction round is shown with its name instead.
        self.assertIn("<U+202E>evil", browser.text("#sentences"))

    def test_nothing_is_loaded_and_nothing_is_refused(self):
        for key, page in self.pages.items():
            self.browser.open(page)
            self.assertEqual(self.browser.requests, [page.resolve().as_uri()], key)
            self.assertEqual(self.browser.problems, [], key)
        # The policy holds: another script does not run.
        self.browser.evaluate("(() => { const script = document.createElement('script');"
                              "script.textContent = 'window.hacked = 2';"
                              "document.body.append(script); })()")
        self.assertIsNone(self.browser.evaluate("window.hacked"))

    def test_a_long_run_is_of_sensible_size(self):
        page = self.pages["large", "en"]
        self.assertLess(page.stat().st_size, 16 << 20)
        browser = self.open("large")
        self.assertEqual(browser.evaluate("stepsWithSamples.length"), 10_000)
        self.assertLessEqual(browser.evaluate("data.curves.combined_loss.length"), 4096)
        browser.evaluate("document.querySelector('#step').focus()")
        browser.press("Home", 36)
        self.assertEqual(browser.text("#shown-step"), "10")


def main():
    global OPTIONS
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tool", required=True)
    OPTIONS, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)


if __name__ == "__main__":
    main()
