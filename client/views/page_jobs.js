
// The jobs of a server, and up to three of them beside each other: a chart tells three lines apart.
const MOST_COMPARED = 3;
const stepsWithSamples = [];  // the charts mark no step
const chosen = 0;
const compared = new Set();  // IDs, in the order in which they were chosen
let comparison = null;
let asked = 0;  // answers of earlier questions are passed over

const idOf = (job) => job.name.slice(job.name.indexOf("/") + 1);
const stateOf = (state) => data.labels[language].states[state] || state;
const lossOf = (number) => loss(number ?? null);

function chooserOf(job) {
  const id = idOf(job);
  const box = element("input", {type: "checkbox", id: `compare-${id}`, "aria-label": `${label("compare")} ${id}`});
  box.checked = compared.has(id);
  box.disabled = !box.checked && compared.size >= MOST_COMPARED;
  box.addEventListener("change", () => {
    if (box.checked) compared.add(id); else compared.delete(id);
    showJobs();
    compare();
  });
  return box;
}

function linkOf(job) {
  const id = idOf(job);
  return element("a", {href: `/jobs/${encodeURIComponent(id)}`, id: `open-${id}`}, isolated(job.display_name || id));
}

function showJobs() {
  const focused = document.activeElement && document.activeElement.id;
  byId("jobs").replaceChildren(data.jobs.length === 0 ? element("p", {}, label("no_jobs")) : tableOf(data.jobs, [
    ["compare", chooserOf, {rank: 1}],
    ["job", linkOf, {rank: 2}],
    ["state", (job) => stateOf(job.state), {rank: 3}],
    ["step", (job) => `${count(job.step)}/${count(job.total_steps)}`, {number: true, rank: 4}],
    ["loss", (job) => lossOf(job.loss), {number: true, rank: 5}],
    ["best_evaluation", (job) => lossOf(job.best_loss), {number: true, rank: 6}],
    ["model", (job) => isolated(job.model), {rank: 8}],
    ["corpus", (job) => isolated(job.corpus), {rank: 7}],
    ["created", (job) => job.create_time, {rank: 9}],
  ]));
  byId("jobs-note").textContent = data.jobs.length >= data.most_jobs ? label("newest_jobs", count(data.most_jobs)) : "";
  if (focused && byId(focused)) byId(focused).focus({preventScroll: true});
}

async function compare() {
  const question = ++asked;
  let found = null;
  if (compared.size > 1) {
    const query = [...compared].map((id) => `job=${encodeURIComponent(id)}`).join("&");
    try {
      const answer = await fetch(`/comparison?${query}`);
      found = answer.ok ? await answer.json() : {refused: await answer.text()};
    } catch {
      found = {refused: label("client_ended")};
    }
  }
  if (question !== asked) return;
  comparison = found;
  showComparison();
}

// The server's sentence in each language, or one of the client's.
const sentenceOf = (refused = "") => refused[language] || refused;

function showComparison() {
  const isShown = comparison !== null && !comparison.refused;
  byId("comparison-note").textContent = comparison === null ? label("choose_to_compare") : sentenceOf(comparison.refused);
  byId("comparison").hidden = !isShown;
  if (!isShown) return;
  const runs = comparison.runs;
  data.curves = comparison.curves;
  data.job = {step: Math.max(...runs.map((run) => run.step))};
  shownCharts = () => [{title: "combined_loss", axis: "loss", curves: runs.map((run) => run.letter), evaluations: []}];
  measureSteps();
  showCharts();
  const rows = [
    ["state", runs.map((run) => stateOf(run.state))],
    ["step", runs.map((run) => `${count(run.step)}/${count(run.total_steps)}`)],
    ...["combined_loss", "discriminator_precision", "discriminator_recall", "discriminator_f1"].map((key, i) =>
      [`${label("best_evaluation")}: ${label(key)}`, runs.map((run) => loss(run.evaluation[i]))]),
    ...comparison.settings,
  ];
  byId("compared").replaceChildren(element("table", {},
    element("tr", {}, element("th", {}), ...runs.map((run) =>
      element("th", {scope: "col"}, `${run.letter} `, isolated(run.display_name || run.name)))),
    ...rows.map(([name, values]) => element("tr", {}, element("th", {scope: "row"}, label(name)),
      ...values.map((value) => element("td", {}, isolated(value)))))));
}

function showAll() {
  showWords();
  showConnection();
  byId("title").textContent = label("jobs");
  byId("facts").textContent = data.server;
  byId("filter").placeholder = "state=SUCCEEDED AND eval_loss<12";
  showJobs();
  showComparison();
}

let stream = null;
function follow() {
  if (stream) stream.close();
  nowConnected("connecting");
  const filter = byId("filter").value.trim();
  stream = listen(`/stream?filter=${encodeURIComponent(filter)}`, {
    jobs: (found) => { data.jobs = found; showJobs(); },
  });
}

byId("filter").addEventListener("change", follow);
window.addEventListener("resize", showComparison);
narrow.addEventListener("change", showAll);
chooseTheme("auto");
keepChoices();
showAll();
follow();
