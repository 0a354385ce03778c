
"use strict";
// Everything that is shown comes from #data. Texts reach the page as text nodes only.
const data = JSON.parse(document.getElementById("data").textContent);
const CAUGHT = 0, MISSED = 1, SUSPECTED = 2;
const VERDICTS = ["caught", "missed", "suspected"];
const byId = (id) => document.getElementById(id);
let language = data.language;
let chosen = 0;  // index into stepsWithSamples
let source = 0;  // index into data.confusions

const label = (key, ...values) =>
  data.labels[language][key].replace(/\$(\d)/g, (_, i) => String(values[Number(i)]));

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function svgElement(name, attributes, text) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

const count = (number) => number.toLocaleString("en-US");
const loss = (number) => number.toFixed(3);
const percent = (part, whole) => (whole > 0 ? (100 * part / whole).toFixed(1) + "%" : "-");
// A right-to-left token must not turn its neighbours round.
const isolated = (text, attributes = {}) => element("bdi", attributes, text);

// Curves: one figure for each loss, one for the rates.
const CHARTS = [
  {title: "combined_loss", curves: ["combined_loss"], evaluation: 1},
  {title: "generator_loss", curves: ["generator_loss"], evaluation: 2},
  {title: "discriminator_loss", curves: ["discriminator_loss"], evaluation: 3},
  {title: "rates", curves: ["generator_accuracy", "discriminator_precision", "discriminator_recall"],
   limits: [0, 1]},
];
const WIDTH = 420, HEIGHT = 170, LEFT = 46, RIGHT = 8, TOP = 8, BOTTOM = 22;
const lastStep = data.evaluations.reduce((last, row) => Math.max(last, row[0]), Math.max(1, data.job.step));
const xOf = (step) => LEFT + (WIDTH - LEFT - RIGHT) * step / lastStep;

function drawChart(chart) {
  const curves = chart.curves.map((name) => data.curves[name]);
  const dots = chart.evaluation
    ? data.evaluations.map((row) => [row[0], row[chart.evaluation]]).filter((dot) => dot[1] !== null)
    : [];
  const values = curves.flat().concat(dots).map((point) => point[1]);
  let [low, high] = chart.limits || [Infinity, -Infinity];
  if (!chart.limits) for (const value of values) { low = Math.min(low, value); high = Math.max(high, value); }
  if (!(low < high)) { low = values.length ? low - 0.5 : 0; high = low + 1; }
  const yOf = (value) => TOP + (HEIGHT - TOP - BOTTOM) * (high - value) / (high - low);
  const svg = svgElement("svg", {viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img"});
  const line = (x1, y1, x2, y2, kind) => svg.append(svgElement("line", {x1, y1, x2, y2, "class": kind}));
  const text = (x, y, anchor, content) => svg.append(svgElement("text", {x, y, "text-anchor": anchor}, content));
  line(LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, HEIGHT - BOTTOM, "axis");
  line(LEFT, TOP, LEFT, HEIGHT - BOTTOM, "axis");
  text(LEFT - 4, TOP + 8, "end", high.toPrecision(3));
  text(LEFT - 4, HEIGHT - BOTTOM, "end", low.toPrecision(3));
  text(LEFT, HEIGHT - 6, "start", "0");
  text(WIDTH - RIGHT, HEIGHT - 6, "end", count(lastStep));
  curves.forEach((points, i) => {
    if (points.length === 0) return;
    const d = points.map(([step, value], at) =>
      `${at ? "L" : "M"}${xOf(step).toFixed(1)},${yOf(value).toFixed(1)}`).join("");
    svg.append(svgElement("path", {d, "data-curve": chart.curves[i], "class": ["first", "second", "third"][i]}));
  });
  for (const [step, value] of dots) svg.append(svgElement("circle", {cx: xOf(step), cy: yOf(value), r: 3}));
  svg.append(svgElement("line", {"class": "marker", y1: TOP, y2: HEIGHT - BOTTOM, x1: LEFT, x2: LEFT}));
  const caption = element("figcaption", {}, label(chart.title));
  if (chart.curves.length > 1) {
    const marks = ["━", "╍", "┈"];
    chart.curves.forEach((name, i) => caption.append(element("span", {}, `${marks[i]} ${label(name)}`)));
  } else if (dots.length) {
    caption.append(element("span", {}, `○ ${label("evaluations")}`));
  }
  svg.setAttribute("aria-label", label(chart.title));
  return element("figure", {"data-chart": chart.title}, caption, svg);
}

// Samples: the steps that have some, and those of the chosen step.
const samplesOfStep = new Map();
for (const sample of data.samples) {
  if (!samplesOfStep.has(sample.step)) samplesOfStep.set(sample.step, []);
  samplesOfStep.get(sample.step).push(sample);
}
const stepsWithSamples = [...samplesOfStep.keys()];

function sentence(sample, kind) {
  const line = element("p", {"class": "sentence"}, element("b", {}, label(kind)));
  for (const part of sample.parts) {
    if (typeof part === "string") { line.append(isolated(part)); continue; }
    const [, original, fake, text, verdict, probability, space] = part;
    if (space) line.append(" ");
    const bare = (token) => (token.length > 2 && token.startsWith("##") ? token.slice(2) : token);
    const shown = verdict === SUSPECTED ? text || bare(original)
      : kind === "fake_sentence" ? bare(fake) : text || bare(original);
    line.append(isolated(verdict === SUSPECTED ? shown : `(${shown})`, {
      "class": VERDICTS[verdict],
      title: `${original} → ${fake} · ${label("fake_probability")} ${probability.toFixed(3)} · ${label(VERDICTS[verdict])}`,
    }));
  }
  return line;
}

function tokenTable(sample) {
  const table = element("table", {"class": "tokens"}, headings(
    ["position", true], ["original_token"], ["fake_token"], ["fake_probability", true], ["actual"], ["predicted"], ["correct"]));
  const parts = sample.parts.filter((part) => typeof part !== "string");
  for (const wanted of [CAUGHT, MISSED, SUSPECTED]) {
    for (const [position, original, fake, , verdict, probability] of parts) {
      if (verdict !== wanted) continue;
      table.append(row([position, true], [isolated(original)],
        [isolated(fake, {"class": VERDICTS[verdict]})], [probability.toFixed(3), true],
        [verdict === SUSPECTED ? "-" : "fake"], [verdict === MISSED ? "-" : "fake"],
        [verdict === CAUGHT ? "O" : "X"]));
    }
  }
  return element("div", {"class": "scroll"}, table);
}

function headings(...names) {
  return element("tr", {}, ...names.map(([name, isNumber]) =>
    element("th", isNumber ? {"class": "number", scope: "col"} : {scope: "col"}, label(name))));
}

function row(...cells) {
  return element("tr", {}, ...cells.map(([content, isNumber]) =>
    element("td", isNumber ? {"class": "number"} : {}, typeof content === "number" ? count(content) : content)));
}

function showStep() {
  const step = stepsWithSamples[chosen];
  byId("shown-step").textContent = step === undefined ? "-" : count(step);
  for (const marker of document.querySelectorAll("line.marker")) {
    marker.setAttribute("x1", xOf(step || 0));
    marker.setAttribute("x2", xOf(step || 0));
  }
  byId("sentences").replaceChildren(...(samplesOfStep.get(step) || []).map((sample) => element(
    "article", {"data-step": sample.step, "data-probe": sample.probe},
    element("h3", {}, sample.probe > 0 ? label("probe_heading", sample.probe, sample.step)
                                       : label("sample_heading", sample.epoch, sample.step)),
    sentence(sample, "original_sentence"), sentence(sample, "fake_sentence"),
    element("p", {"class": "counts"}, label("sample_counts", sample.tokens,
      sample.fakes - sample.caught + sample.suspected, sample.fakes, sample.caught)),
    tokenTable(sample),
    element("p", {}, `Combined Loss ${loss(sample.losses[0])} -- Generator Loss : ${loss(sample.losses[1])} -- Discriminator Loss : ${loss(sample.losses[2])}`))));
}

function countedOver(found) {
  if (found.sample_count === 0) return label(found.is_evaluation ? "no_evaluation" : "no_samples");
  const counted = found.is_evaluation
    ? label("evaluation_line", count(found.sample_count), found.last_step, count(found.token_count), count(found.masked_count))
    : label("counted_line", count(found.sample_count), found.first_step, found.last_step, count(found.token_count));
  return `${counted} · ` +
      label("verdict_line", count(found.fake_count), count(found.caught_count),
        Math.floor(found.fake_count ? 100 * found.caught_count / found.fake_count : 100), count(found.suspected_count)) +
      (found.is_approximate ? ` · ${label("approximate")}` : "");
}

function showSources() {
  byId("sources").replaceChildren(...(data.confusions.length < 2 ? [] : data.confusions.map((found, i) => {
    const button = element("button", {type: "button", "aria-pressed": String(i === source)},
      label(found.is_evaluation ? "source_evaluation" : "source_samples"));
    button.addEventListener("click", () => { source = i; showConfusions(); });
    return button;
  })));
}

function showConfusions() {
  showSources();
  const found = data.confusions[source];
  byId("confusion-counts").textContent = found ? countedOver(found) : label("no_samples");
  if (!found) return;
  const tables = [
    ["faked_heading", found.faked, [["token"], ["times", true], ["fakes", true], ["missed_count", true], ["missed_share", true]],
      (entry) => row([isolated(entry.token)], [entry.count, true], [entry.fake_count, true],
        [entry.missed_count, true], [percent(entry.missed_count, entry.fake_count), true])],
    ["missed_heading", found.missed, [["original_token"], ["fake_token"], ["fakes", true], ["missed_count", true], ["missed_share", true]],
      (entry) => row([isolated(entry.original)], [isolated(entry.fake, {"class": "missed"})],
        [entry.fake_count, true], [entry.missed_count, true], [percent(entry.missed_count, entry.fake_count), true])],
    ["suspected_heading", found.suspected, [["token"], ["times", true], ["suspected_count", true], ["suspected_share", true]],
      (entry) => row([isolated(entry.token, {"class": "suspected"})], [entry.count, true],
        [entry.suspected_count, true], [percent(entry.suspected_count, entry.count - entry.fake_count), true])],
  ];
  byId("confusion-tables").replaceChildren(...tables.filter(([, entries]) => entries.length).map(
    ([heading, entries, columns, rowOf]) => element("div", {"data-table": heading},
      element("h3", {}, label(heading)),
      element("div", {"class": "scroll"}, element("table", {}, headings(...columns), ...entries.map(rowOf))))));
}

function showTables() {
  const numbers = ["combined_loss", "generator_loss", "discriminator_loss", "generator_accuracy",
                   "discriminator_precision", "discriminator_recall", "discriminator_f1"];
  byId("evaluations").replaceChildren(headings(["step", true], ...numbers.map((name) => [name, true])),
    ...data.evaluations.map((values) => row(...values.map((value, i) =>
      [i === 0 ? value : value === null ? "-" : loss(value), true]))));
  byId("settings").replaceChildren(...data.settings.map(([key, value]) =>
    element("tr", {}, element("th", {scope: "row"}, key), element("td", {}, isolated(value)))));
}

function showAll() {
  document.documentElement.lang = language;
  for (const node of document.querySelectorAll("[data-label]")) node.textContent = label(node.dataset.label);
  for (const node of document.querySelectorAll("[data-label-title]")) {
    node.setAttribute("aria-label", label(node.dataset.labelTitle));
  }
  const job = data.job;
  byId("title").textContent = job.display_name ? `${job.display_name} (${job.name})` : job.name;
  byId("facts").textContent = [data.labels[language].states[job.state] || job.state,
    `step ${count(job.step)}/${count(job.total_steps)}`, job.model, job.device, job.start_time].filter(Boolean).join(" · ");
  byId("samples-note").textContent = data.samples.length === 0 ? label("no_samples")
    : data.samples.length < data.recorded_samples
      ? label("samples_shown", count(data.samples.length), count(data.recorded_samples)) : "";
  byId("charts").replaceChildren(...CHARTS.map(drawChart));
  for (const button of document.querySelectorAll("[data-language]")) {
    button.setAttribute("aria-pressed", String(button.dataset.language === language));
  }
  showStep();
  showConfusions();
  showTables();
}

function chooseTheme(theme) {
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  for (const button of document.querySelectorAll("[data-theme-choice]")) {
    button.setAttribute("aria-pressed", String(button.dataset.themeChoice === theme));
  }
}

for (const button of document.querySelectorAll("[data-language]")) {
  button.addEventListener("click", () => { language = button.dataset.language; showAll(); });
}
for (const button of document.querySelectorAll("[data-theme-choice]")) {
  button.addEventListener("click", () => chooseTheme(button.dataset.themeChoice));
}
chosen = Math.max(0, stepsWithSamples.length - 1);
byId("step").max = chosen;
byId("step").value = chosen;
byId("step").disabled = stepsWithSamples.length < 2;
byId("step").addEventListener("input", (event) => { chosen = Number(event.target.value); showStep(); });
chooseTheme("auto");
showAll();
