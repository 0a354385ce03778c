
// Curves: one figure for each loss, one for the rates. Dots are evaluations.
const CHARTS = [
  {title: "combined_loss", axis: "loss", curves: ["combined_loss"], evaluations: [1]},
  {title: "generator_loss", axis: "loss", curves: ["generator_loss"], evaluations: [2]},
  {title: "discriminator_loss", axis: "loss", curves: ["discriminator_loss"], evaluations: [3]},
  {title: "rates", axis: "share", curves: ["generator_accuracy", "discriminator_precision", "discriminator_recall"],
   evaluations: [4, 5, 6], limits: [0, 1]},
];
// An evaluation corpus has no curve, only its dots.
const chartOf = ({name, rows}) => ({title: "combined_loss", name, axis: "loss", curves: [], evaluations: [1], rows});
const CURVE_KINDS = ["first", "second", "third"];
const HEIGHT = 230, LEFT = 62, RIGHT = 26, TOP = 18, BOTTOM = 40;
let shownCharts = () => CHARTS.concat(data.eval_corpora.map(chartOf));
let lastStep, settledStep, firstStep;
let isWholeRange = false;  // the user's choice
function measureSteps() {
  lastStep = data.evaluations.reduce((last, row) => Math.max(last, row[0]), Math.max(1, data.job.step));
  // The first steps fall so far that they flatten all that follow: the axis begins at the second
  // evaluation where others come after it.
  settledStep = data.evaluations.length > 2 ? data.evaluations[1][0] : 0;
  firstStep = isWholeRange ? 0 : settledStep;
}
measureSteps();
let charts = [];  // what is drawn: {points, evaluations, chart, cursor, readout, xOf, stepOf}

// About `wanted` round numbers from low to high.
function ticks(low, high, wanted, isInteger) {
  const rough = (high - low) / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  let unit = [1, 2, 5, 10].find((factor) => factor * power >= rough) * power;
  if (isInteger) unit = Math.max(1, Math.round(unit));
  const digits = Math.max(0, -Math.floor(Math.log10(unit) + 1e-9));
  const found = [];
  for (let i = Math.ceil(low / unit - 1e-9) || 0; i * unit <= high + unit * 1e-9; ++i) {
    found.push([i * unit, isInteger ? count(i * unit) : (i * unit).toFixed(digits)]);
  }
  return found;
}

function nearest(points, step) {
  let low = 0, high = points.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (points[middle][0] < step) low = middle + 1; else high = middle;
  }
  return low > 0 && step - points[low - 1][0] < points[low][0] - step ? points[low - 1] : points[low];
}

function rangeOf(chart, points) {
  if (chart.limits) return chart.limits;
  let low = Infinity, high = -Infinity;
  for (const [, value] of points) { low = Math.min(low, value); high = Math.max(high, value); }
  if (low > high) return [0, 1];
  const margin = (high - low) * 0.05 || 0.5;
  return [low - margin, high + margin];
}

function drawChart(chart, width) {
  const shown = (points) => points.filter(([step, value]) => step >= firstStep && value !== null);
  const curves = chart.curves.map((name) => shown(data.curves[name]));
  const dots = chart.evaluations.map((column) => shown((chart.rows || data.evaluations).map((row) => [row[0], row[column]])));
  const [low, high] = rangeOf(chart, curves.concat(dots).flat());
  const right = width - RIGHT, bottom = HEIGHT - BOTTOM;
  const xOf = (step) => LEFT + (right - LEFT) * (step - firstStep) / (lastStep - firstStep);
  const yOf = (value) => TOP + (bottom - TOP) * (high - value) / (high - low);
  const svg = svgElement("svg", {viewBox: `0 0 ${width} ${HEIGHT}`, role: "img", tabindex: 0, "aria-label": titleOf(chart)});
  const line = (x1, y1, x2, y2, kind) => {
    const made = svgElement("line", {x1, y1, x2, y2, "class": kind});
    svg.append(made);
    return made;
  };
  const text = (attributes, content) => svg.append(svgElement("text", attributes, content));
  for (const [value, name] of ticks(low, high, 6, false)) {
    line(LEFT, yOf(value), right, yOf(value), "grid");
    text({x: LEFT - 6, y: yOf(value) + 4, "text-anchor": "end", "class": "tick-y"}, name);
  }
  for (const [step, name] of ticks(firstStep, lastStep, Math.max(2, Math.floor(width / 75)), true)) {
    line(xOf(step), bottom, xOf(step), bottom + 4, "axis");
    text({x: xOf(step), y: bottom + 16, "text-anchor": "middle", "class": "tick-x"}, name);
  }
  line(LEFT, bottom, right, bottom, "axis");
  line(LEFT, TOP, LEFT, bottom, "axis");
  text({x: (LEFT + right) / 2, y: HEIGHT - 6, "text-anchor": "middle", "class": "axis-name"}, label("step_axis"));
  const middle = (TOP + bottom) / 2;
  text({x: 14, y: middle, "text-anchor": "middle", transform: `rotate(-90 14 ${middle})`, "class": "axis-name"}, label(chart.axis));
  if (data.best_step !== null && data.best_step >= firstStep) {
    const x = xOf(data.best_step);
    line(x, TOP, x, bottom, "best");
    text({x, y: TOP - 5, "text-anchor": x > width - 60 ? "end" : x < LEFT + 40 ? "start" : "middle", "class": "best"}, label("best"));
  }
  curves.forEach((points, i) => {
    if (points.length === 0) return;
    const d = points.map(([step, value], at) =>
      `${at ? "L" : "M"}${xOf(step).toFixed(1)},${yOf(value).toFixed(1)}`).join("");
    svg.append(svgElement("path", {d, "data-curve": chart.curves[i], "class": CURVE_KINDS[i]}));
  });
  dots.forEach((points, i) => points.forEach(([step, value]) => svg.append(svgElement("circle", {
    cx: xOf(step), cy: yOf(value), r: 3.5, "class": CURVE_KINDS[i] + (step === data.best_step ? " best" : "")}))));
  const marker = line(LEFT, TOP, LEFT, bottom, "marker");  // the slider's step
  const cursor = line(LEFT, TOP, LEFT, bottom, "cursor");  // the pointer's
  cursor.style.display = "none";
  const readout = element("p", {"class": "readout"});
  const stepOf = (event) => {
    const box = svg.getBoundingClientRect();
    const x = (event.clientX - box.left) * width / box.width;
    return firstStep + (lastStep - firstStep) * Math.min(1, Math.max(0, (x - LEFT) / (right - LEFT)));
  };
  const drawn = {chart, curves, dots, xOf, marker, cursor, readout};
  charts.push(drawn);
  for (const kind of ["pointermove", "pointerdown"]) svg.addEventListener(kind, (event) => pointAt(stepOf(event)));
  svg.addEventListener("pointerleave", () => pointAt(null));
  svg.addEventListener("blur", () => pointAt(null));
  svg.addEventListener("keydown", (event) => {
    const direction = {ArrowLeft: -1, ArrowRight: 1}[event.key];
    if (!direction) return;
    event.preventDefault();
    const unit = Math.max(1, Math.round((lastStep - firstStep) / 100));
    pointAt(pointed === null ? lastStep : Math.min(lastStep, Math.max(firstStep, pointed + direction * unit)));
  });
  return element("figure", {"data-chart": chart.name ? `${chart.title} ${chart.name}` : chart.title}, captionOf(chart), element("p", {"class": "explained"}, label(`${chart.title}_explained`)), svg, readout);
}

function titleOf(chart) {
  return chart.name ? `${label(chart.title)} · ${chart.name}` : label(chart.title);
}

function captionOf(chart) {
  const caption = element("figcaption", {}, titleOf(chart));
  const marks = ["━", "╍", "┈"];
  if (chart.curves.length > 1) {
    chart.curves.forEach((name, i) => caption.append(element("span", {"class": CURVE_KINDS[i]}, `${marks[i]} ${label(name)}`)));
  }
  if (data.evaluations.length) caption.append(element("span", {}, `○ ${label("evaluations")}`));
  return caption;
}

// The step under the pointer, in every chart at once; null: none.
let pointed = null;
function pointAt(step) {
  pointed = step;
  for (const {chart, curves, dots, xOf, cursor, readout} of charts) {
    cursor.style.display = step === null ? "none" : "";
    if (step === null || curves.concat(dots).every((points) => points.length === 0)) {
      readout.textContent = label("point_hint");
      continue;
    }
    const at = nearest(curves.concat(dots).find((points) => points.length), step)[0];
    for (const end of ["x1", "x2"]) cursor.setAttribute(end, xOf(at));
    const parts = [`step ${count(at)}`];
    chart.curves.forEach((name, i) => {
      if (curves[i].length) parts.push(`${label(name)} ${loss(nearest(curves[i], at)[1])}`);
    });
    dots.forEach((points, i) => {
      if (!points.length) return;
      const [evaluated, value] = nearest(points, at);
      parts.push(i === 0 ? `${label("evaluation_at", count(evaluated))} ${loss(value)}` : loss(value));
    });
    readout.textContent = parts.join(" · ");
  }
}

function markStep(step) {
  for (const {marker, xOf} of charts) {
    marker.style.display = step === undefined || step < firstStep ? "none" : "";
    for (const end of ["x1", "x2"]) marker.setAttribute(end, xOf(step || 0));
  }
}

function showCharts() {
  const room = byId("charts").clientWidth;
  const shown = shownCharts();
  const columns = room >= 820 && shown.length > 1 ? 2 : 1;  // as page.css has it
  charts = [];
  byId("charts").replaceChildren(...shown.map((chart) => drawChart(chart, Math.max(240, (room - 14 * (columns - 1)) / columns - 22))));
  byId("ranges").replaceChildren(...(settledStep === 0 ? [] : [settledStep, 0].map((step) => {
    const button = element("button", {type: "button", "aria-pressed": String(step === firstStep)},
      step ? label("from_step", count(step)) : label("from_beginning"));
    button.addEventListener("click", () => { isWholeRange = step === 0; measureSteps(); showCharts(); });
    return button;
  })));
  markStep(stepsWithSamples[chosen]);
  pointAt(pointed);
}
