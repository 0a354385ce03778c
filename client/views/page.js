
const CAUGHT = 0, MISSED = 1, SUSPECTED = 2;
const VERDICTS = ["caught", "missed", "suspected"];
let chosen = 0;  // index into stepsWithSamples
let source = 0;  // index into data.confusions

// Samples: the steps that have some, and those of the chosen step.
let samplesOfStep, stepsWithSamples;
function indexSamples() {
  samplesOfStep = new Map();
  for (const sample of data.samples) {
    if (!samplesOfStep.has(sample.step)) samplesOfStep.set(sample.step, []);
    samplesOfStep.get(sample.step).push(sample);
  }
  stepsWithSamples = [...samplesOfStep.keys()];
}
indexSamples();

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
      title: `${original} → ${fake} · ${label("fake_probability")} ${loss(probability)} · ${label(VERDICTS[verdict])}`,
    }));
  }
  return line;
}

function tokenTable(sample) {
  const parts = sample.parts.filter((part) => typeof part !== "string");
  const entries = [CAUGHT, MISSED, SUSPECTED].flatMap((wanted) => parts.filter((part) => part[4] === wanted).map(
    ([position, original, fake, , verdict, probability]) => ({position, original, fake, verdict, probability})));
  return scrolling(tableOf(entries, [
    ["position", (entry) => entry.position, {number: true, rank: 7}],
    ["original_token", (entry) => isolated(entry.original), {rank: 1}],
    ["fake_token", (entry) => isolated(entry.fake, {"class": VERDICTS[entry.verdict]}), {rank: 2}],
    ["fake_probability", (entry) => loss(entry.probability), {number: true, rank: 4}],
    ["actual", (entry) => (entry.verdict === SUSPECTED ? "-" : "fake"), {rank: 5}],
    ["predicted", (entry) => (entry.verdict === MISSED ? "-" : "fake"), {rank: 6}],
    ["correct", (entry) => label(entry.verdict === CAUGHT ? "right" : "wrong"), {rank: 3}],
  ], {"class": "tokens"}));
}

function showStep() {
  const step = stepsWithSamples[chosen];
  byId("shown-step").textContent = step === undefined ? "-" : count(step);
  markStep(step);
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
      label("verdict_line", count(found.fake_count), count(found.caught_count), found.caught_percent,
        count(found.suspected_count)) +
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
  const missedShare = ["missed_share", (entry) => percent(entry.missed_count, entry.fake_count), {number: true, rank: 3}];
  const missedCount = ["missed_count", (entry) => entry.missed_count, {number: true, rank: 4}];
  const fakes = ["fakes", (entry) => entry.fake_count, {number: true, rank: 5}];
  const times = ["times", (entry) => entry.count, {number: true, rank: 6}];
  const tables = [
    ["faked_heading", found.faked, [
      ["token", (entry) => isolated(entry.token), {rank: 1}], times, fakes, missedCount, missedShare]],
    ["missed_heading", found.missed, [
      ["original_token", (entry) => isolated(entry.original), {rank: 1}],
      ["fake_token", (entry) => isolated(entry.fake, {"class": "missed"}), {rank: 2}],
      fakes, missedCount, missedShare]],
    ["suspected_heading", found.suspected, [
      ["token", (entry) => isolated(entry.token, {"class": "suspected"}), {rank: 1}], times,
      ["suspected_count", (entry) => entry.suspected_count, {number: true, rank: 3}],
      ["suspected_share", (entry) => percent(entry.suspected_count, entry.count - entry.fake_count), {number: true, rank: 2}]]],
  ];
  byId("confusion-tables").replaceChildren(...tables.filter(([, entries]) => entries.length).map(
    ([heading, entries, columns]) => element("div", {"data-table": heading},
      element("h3", {}, label(heading)), scrolling(tableOf(entries, columns)))));
}

function showTables() {
  const value = (column) => (entry) => loss(entry.values[column]);
  const entries = data.evaluations.map((values) => ({values, is_best: values[0] === data.best_step}));
  byId("evaluations").replaceChildren(tableOf(entries, [
    ["step", (entry) => (entry.is_best ? `★ ${count(entry.values[0])}` : entry.values[0]), {number: true, rank: 1}],
    ["combined_loss", value(1), {number: true, rank: 2}],
    ["generator_loss", value(2), {number: true, rank: 6}],
    ["discriminator_loss", value(3), {number: true, rank: 7}],
    ["generator_accuracy", value(4), {number: true, rank: 8}],
    ["discriminator_precision", value(5), {number: true, rank: 4}],
    ["discriminator_recall", value(6), {number: true, rank: 3}],
    ["discriminator_f1", value(7), {number: true, rank: 5}],
  ]));
  showFinetunings();
  byId("settings").replaceChildren(...data.settings.map(([key, setting]) =>
    element("tr", {}, element("th", {scope: "row"}, key), element("td", {}, isolated(setting)))));
}

function showFinetunings() {
  const spread = ([mean, deviation]) => (mean === null ? "-" : `${loss(mean)} ± ${loss(deviation)}`);
  byId("finetuning").hidden = data.finetunings.length === 0;
  byId("finetunings").replaceChildren(tableOf(data.finetunings, [
    ["labelled_data", (entry) => isolated(entry.task), {rank: 1}],
    ["finetuned_model", (entry) => label(entry.model), {rank: 2}],
    ["macro_f1", (entry) => spread(entry.macro_f1), {number: true, rank: 3}],
    ["accuracy", (entry) => spread(entry.accuracy), {number: true, rank: 4}],
    ["finetuning_runs", (entry) => entry.runs, {number: true, rank: 5}],
  ]));
}

function showFacts() {
  const job = data.job;
  byId("title").textContent = job.display_name ? `${job.display_name} (${job.name})` : job.name;
  byId("facts").textContent = [data.labels[language].states[job.state] || job.state,
    job.corpus && label("corpus_named", job.corpus),
    `step ${count(job.step)}/${count(job.total_steps)}`, job.model,
    job.vocabulary && label(job.vocabulary), job.device, job.start_time].filter(Boolean).join(" · ");
  byId("samples-note").textContent = data.samples.length === 0 ? label("no_samples")
    : data.samples.length < data.recorded_samples
      ? label("samples_shown", count(data.samples.length), count(data.recorded_samples)) : "";
}

function showAll() {
  showWords();
  showFacts();
  showCharts();
  showStep();
  showConfusions();
  showTables();
}

function showSlider() {
  byId("step").max = Math.max(0, stepsWithSamples.length - 1);
  byId("step").value = chosen;
  byId("step").disabled = stepsWithSamples.length < 2;
}

chosen = Math.max(0, stepsWithSamples.length - 1);
showSlider();
byId("step").addEventListener("input", (event) => { chosen = Number(event.target.value); showStep(); });
window.addEventListener("resize", showCharts);
narrow.addEventListener("change", showAll);
chooseTheme("auto");
showAll();
