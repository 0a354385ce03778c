
"use strict";
// Everything that is shown comes from #data. Texts reach the page as text nodes only.
const data = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);
let language = data.language;

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
const loss = (number) => (number === null ? "-" : number.toFixed(3));
const percent = (part, whole) => (whole > 0 ? (100 * part / whole).toFixed(1) + "%" : "-");
// A right-to-left token must not turn its neighbours round.
const isolated = (text, attributes = {}) => element("bdi", attributes, text);
