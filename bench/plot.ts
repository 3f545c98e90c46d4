// Line charts as SVG text: what a page of measurements needs, readable on light and on dark pages, and nothing else.

/** A line with its points, in the order of `x`. */
export interface Series {
  readonly name: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

/** An axis; every `x` of the points gets a tick, `y` gets round numbers. */
export interface Axis {
  readonly label: string;
  /** `log` for positive values only. Linear axes of `y` begin at zero. */
  readonly scale: 'linear' | 'log';
  readonly format?: (value: number) => string;
}

/** What is drawn. */
export interface Chart {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
}

const WIDTH = 640;
const HEIGHT = 400;
const FRAME = { left: 72, right: 616, top: 76, bottom: 340 } as const;
const Y_TICKS = 5;

/** Lines differ by colour and by dash, so that they can also be told apart without colours. */
const DASHES = ['none', '7 4', '2 3', '9 3 2 3'] as const;

const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #374151 }
  .title { font-weight: 600; font-size: 15px; fill: #111827 }
  .grid { stroke: #e5e7eb }
  .line { fill: none; stroke-width: 2 }
  .s0 { stroke: #2563eb } .s1 { stroke: #6b7280 } .s2 { stroke: #c2410c } .s3 { stroke: #15803d }
  circle.s0 { fill: #2563eb } circle.s1 { fill: #6b7280 } circle.s2 { fill: #c2410c } circle.s3 { fill: #15803d }
  @media (prefers-color-scheme: dark) {
    text { fill: #d1d5db } .title { fill: #f9fafb } .grid { stroke: #374151 }
    .s0 { stroke: #60a5fa } .s1 { stroke: #9ca3af } .s2 { stroke: #fb923c } .s3 { stroke: #4ade80 }
    circle.s0 { fill: #60a5fa } circle.s1 { fill: #9ca3af } circle.s2 { fill: #fb923c } circle.s3 { fill: #4ade80 }
  }
`;

/** The chart as an SVG document. Throws when there is nothing to draw, or what a logarithmic axis cannot show. */
export function lineChart({ title, x, y, series }: Chart): string {
  const points = series.flatMap((one) => one.points);
  const xTicks = [...new Set(points.map((point) => point.x))].sort((a, b) => a - b);
  const yTicks = ticksOf(
    points.map((point) => point.y),
    y.scale,
  );
  const placeX = placer(x.scale, xTicks, [FRAME.left, FRAME.right]);
  const placeY = placer(y.scale, yTicks, [FRAME.bottom, FRAME.top]);
  const lines = [
    ...yTicks.map((tick) => yTick(placeY(tick), (y.format ?? plain)(tick))),
    ...xTicks.map((tick) => xTick(placeX(tick), (x.format ?? plain)(tick))),
    ...series.flatMap((one, at) => lineOf(one, at, { placeX, placeY })),
    ...series.map(({ name }, at) => legendOf(name, at)),
    `<text class="title" x="${FRAME.left}" y="24">${escaped(title)}</text>`,
    `<text x="${(FRAME.left + FRAME.right) / 2}" y="388" text-anchor="middle">${escaped(x.label)}</text>`,
    `<text transform="translate(16 ${(FRAME.top + FRAME.bottom) / 2}) rotate(-90)" text-anchor="middle">${escaped(y.label)}</text>`,
  ];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="${escaped(title)}">`,
    `<style>${STYLE}</style>`,
    ...lines,
    '</svg>\n',
  ].join('\n');
}

type Placer = (value: number) => number;

/** From values, the smallest and largest of which are `ticks`' ends, to pixels of `range`. */
function placer(
  scale: Axis['scale'],
  ticks: readonly number[],
  [from, to]: readonly [number, number],
): Placer {
  const project = scale === 'log' ? Math.log10 : (value: number): number => value;
  const low = project(ticks[0] ?? NaN);
  const high = project(ticks.at(-1) ?? NaN);
  if (!Number.isFinite(low) || !Number.isFinite(high)) {
    throw new RangeError('a chart needs points, and a logarithmic axis positive ones');
  }
  const span = high === low ? 1 : high - low;
  return (value) => round(from + ((project(value) - low) / span) * (to - from));
}

/** Round numbers around all `values`: powers of ten, or steps of 1, 2 or 5 from zero. */
function ticksOf(values: readonly number[], scale: Axis['scale']): readonly number[] {
  const most = Math.max(...values);
  if (scale === 'log') {
    const first = Math.floor(Math.log10(Math.min(...values)));
    const last = Math.ceil(Math.log10(most));
    return Array.from({ length: last - first + 1 }, (_, at) => 10 ** (first + at));
  }
  const raw = (most || 1) / Y_TICKS;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = ([1, 2, 5].find((factor) => factor * power >= raw) ?? 10) * power;
  return Array.from({ length: Math.ceil(most / step) + 1 }, (_, at) => at * step);
}

function yTick(y: number, text: string): string {
  return (
    `<line class="grid" x1="${FRAME.left}" x2="${FRAME.right}" y1="${y}" y2="${y}"/>` +
    `<text x="${FRAME.left - 8}" y="${y + 4}" text-anchor="end">${escaped(text)}</text>`
  );
}

function xTick(x: number, text: string): string {
  return (
    `<line class="grid" x1="${x}" x2="${x}" y1="${FRAME.top}" y2="${FRAME.bottom}"/>` +
    `<text x="${x}" y="${FRAME.bottom + 20}" text-anchor="middle">${escaped(text)}</text>`
  );
}

function lineOf(
  { name, points }: Series,
  at: number,
  { placeX, placeY }: { readonly placeX: Placer; readonly placeY: Placer },
): readonly string[] {
  const placed = points.map(({ x, y }) => ({ x: placeX(x), y: placeY(y), value: plain(y) }));
  const path = placed.map(({ x, y }) => `${x},${y}`).join(' ');
  const dots = placed.map(
    ({ x, y, value }) =>
      `<circle class="s${at}" cx="${x}" cy="${y}" r="3.5"><title>${escaped(name)}: ${value}</title></circle>`,
  );
  return [
    `<polyline class="line s${at}" stroke-dasharray="${dashOf(at)}" points="${path}"/>`,
    ...dots,
  ];
}

const LEGEND_WIDTH = 180;

function legendOf(name: string, at: number): string {
  const x = FRAME.left + at * LEGEND_WIDTH;
  return (
    `<line class="line s${at}" stroke-dasharray="${dashOf(at)}" x1="${x}" x2="${x + 28}" y1="50" y2="50"/>` +
    `<text x="${x + 36}" y="54">${escaped(name)}</text>`
  );
}

function dashOf(at: number): string {
  return DASHES[at % DASHES.length] ?? 'none';
}

/** Three digits, thousands apart. */
function plain(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString('en');
}

/** Tenths of a pixel are enough, and keep files small. */
function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
