
"use strict";
// Everything that is shown comes from #data. Texts reach the page as text nodes only.
const data = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);
let language = data.language;

// A word of the page's; what is none, such as the letter of a run, is its own label.
const label = (key, ...values) => {
  const words = data.labels[language];
  return (Object.hasOwn(words, key) ? words[key] : key).replace(/\$(\d)/g, (_, i) => String(values[Number(i)]));
};

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
const loss = (number) => (number === null ? "-" : number.toFixed(3));
const percent = (part, whole) => (whole > 0 ? (100 * part / whole).toFixed(1) + "%" : "-");
// A right-to-left token must not turn its neighbours round.
const isolated = (text, attributes = {}) => element("bdi", attributes, text);

// A table whose columns are [name, content of an entry, options]: `number` is set to the right, and on
// a narrow screen columns stand in the order of their `rank`, so that those that matter are seen.
const narrow = window.matchMedia("(max-width: 600px)");
function tableOf(entries, columns, attributes = {}) {
  const shown = narrow.matches ? [...columns].sort((a, b) => a[2].rank - b[2].rank) : columns;
  const kind = (options) => ({"class": options.number ? "number" : "token"});
  return element("table", attributes,
    element("tr", {}, ...shown.map(([name, , options]) => element("th", {...kind(options), scope: "col"}, label(name)))),
    ...entries.map((entry) => element("tr", entry.is_best ? {"class": "best"} : {},
      ...shown.map(([, content, options]) => {
        const value = content(entry);
        return element("td", kind(options), typeof value === "number" ? count(value) : value);
      }))));
}

const scrolling = (table) => element("div", {"class": "scroll", tabindex: 0}, table);

function showWords() {
  document.documentElement.lang = language;
  for (const node of document.querySelectorAll("[data-label]")) node.textContent = label(node.dataset.label);
  for (const node of document.querySelectorAll("[data-label-title]")) {
    node.setAttribute("aria-label", label(node.dataset.labelTitle));
  }
  for (const button of document.querySelectorAll("[data-language]")) {
    button.setAttribute("aria-pressed", String(button.dataset.language === language));
  }
}

function chooseTheme(theme) {
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  for (const button of document.querySelectorAll("[data-theme-choice]")) {
    button.setAttribute("aria-pressed", String(button.dataset.themeChoice === theme));
  }
}

// Each page has its own showAll().
for (const button of document.querySelectorAll("[data-language]")) {
  button.addEventListener("click", () => { language = button.dataset.language; showAll(); });
}
for (const button of document.querySelectorAll("[data-theme-choice]")) {
  button.addEventListener("click", () => chooseTheme(button.dataset.themeChoice));
}
