
// A run as it goes on: `run` is all of it, `more` what came since, with the new samples alone.
function takeRun(found, isAll) {
  const followed = chosen >= stepsWithSamples.length - 1;  // the newest was shown
  const shown = stepsWithSamples[chosen];
  const confusions = JSON.stringify(data.confusions);
  const {samples, ...others} = found;
  Object.assign(data, others);
  if (isAll) data.samples = samples; else data.samples = data.samples.concat(samples);
  measureSteps();
  if (isAll || samples.length) {
    indexSamples();
    chosen = Math.max(0, followed ? stepsWithSamples.length - 1 : stepsWithSamples.indexOf(shown));
    showSlider();
    showStep();
  }
  showFacts();
  showCharts();
  showTables();
  if (JSON.stringify(data.confusions) !== confusions) {
    source = Math.max(0, Math.min(source, data.confusions.length - 1));
    showConfusions();
  }
}

byId("connection").after(element("nav", {}, element("a", {href: "/", "data-label": "all_jobs"})));
keepChoices();
showAll();
showConnection();
listen(`${location.pathname}/stream`, {
  run: (found) => takeRun(found, true),
  more: (found) => takeRun(found, false),
});
