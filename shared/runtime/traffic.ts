// What passes through the stages of this node, counted in plain numbers that are read when somebody asks. AWS guide: apigateway-websocket-api-logging.

/** Upper bounds in milliseconds of the buckets of latencies. */
const BOUNDS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 29_000] as const;

/** How long integrations took. */
export class LatencyCounts {
  readonly buckets: number[] = [...BOUNDS.map(() => 0), 0];
  count = 0;
  sum = 0;

  /** Counts one of `ms` milliseconds. */
  add(ms: number): void {
    let at = 0;
    while (at < BOUNDS.length && ms > (BOUNDS[at] ?? Infinity)) at++;
    this.buckets[at] = (this.buckets[at] ?? 0) + 1;
    this.count++;
    this.sum += ms;
  }
}

/** AWS's metrics of WebSocket APIs for one stage, or one of its routes. */
export class TrafficCounts {
  connects = 0;
  messages = 0;
  integrationErrors = 0;
  clientErrors = 0;
  executionErrors = 0;
  readonly latency = new LatencyCounts();
}

interface Series {
  readonly apiId: string;
  readonly stage: string;
  readonly route: string;
  readonly counts: TrafficCounts;
}

const COUNTERS = [
  ['connect_count', 'Messages to the $connect integration.', 'connects'],
  ['message_count', 'Messages from and to clients.', 'messages'],
  ['integration_error', 'Errors that integrations answered.', 'integrationErrors'],
  ['client_error', 'Refusals before the integration.', 'clientErrors'],
  ['execution_error', 'Failures to call an integration.', 'executionErrors'],
] as const;

/** All counts of this node. They only rise, and go with their stage. */
export class Traffic {
  readonly #series = new Map<string, Series>();

  /** The counts of a stage, or with detailed metrics of one of its routes; the same object for the same names. */
  counts(apiId: string, stage: string, route = ''): TrafficCounts {
    const key = `${apiId}/${stage}/${route}`;
    const known = this.#series.get(key);
    if (known !== undefined) return known.counts;
    const counts = new TrafficCounts();
    this.#series.set(key, { apiId, stage, route, counts });
    return counts;
  }

  /** Drops the counts of a stage that has been deleted. */
  forget(apiId: string, stage: string): void {
    for (const [key, series] of this.#series) {
      if (series.apiId === apiId && series.stage === stage) this.#series.delete(key);
    }
  }

  /** In Prometheus' text format; a stage without detailed metrics has no label `Route`. */
  text(): string {
    const series = [...this.#series.values()];
    const counters = COUNTERS.map(([name, help, member]) =>
      [
        `# HELP postern_${name}_total ${help}`,
        `# TYPE postern_${name}_total counter`,
        ...series.map((one) => `postern_${name}_total{${labels(one)}} ${one.counts[member]}`),
      ].join('\n'),
    );
    return `${[...counters, latencyText(series)].join('\n\n')}\n`;
  }
}

const LATENCY = 'postern_integration_latency_milliseconds';

function latencyText(series: readonly Series[]): string {
  const lines = series.flatMap((one) => {
    const { buckets, sum, count } = one.counts.latency;
    let below = 0;
    const rows = [...BOUNDS, '+Inf'].map((bound, at) => {
      below += buckets[at] ?? 0;
      return `${LATENCY}_bucket{${labels(one)},le="${bound}"} ${below}`;
    });
    const whole = labels(one);
    return [...rows, `${LATENCY}_sum{${whole}} ${sum}`, `${LATENCY}_count{${whole}} ${count}`];
  });
  const head = [
    `# HELP ${LATENCY} Time from calling an integration to its answer.`,
    `# TYPE ${LATENCY} histogram`,
  ];
  return [...head, ...lines].join('\n');
}

function labels({ apiId, stage, route }: Series): string {
  const ofStage = `ApiId="${apiId}",Stage="${escaped(stage)}"`;
  return route === '' ? ofStage : `${ofStage},Route="${escaped(route)}"`;
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
