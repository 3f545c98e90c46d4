// The node's figures in Prometheus' text format; each is read when somebody asks, so that traffic pays nothing for it.
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';

/** Figures of one node. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #sections: (() => string)[] = [];

  constructor() {
    collectDefaultMetrics({ register: this.#registry });
  }

  /** Adds a figure named `name`, explained by `help`, that `read` tells. */
  gauge(name: string, help: string, read: () => number): void {
    const gauge: Gauge = new Gauge({
      name,
      help,
      registers: [this.#registry],
      collect: () => gauge.set(read()),
    });
  }

  /** `Content-Type` of `text`. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Adds figures that `write` tells in Prometheus' text format. */
  section(write: () => string): void {
    this.#sections.push(write);
  }

  /** All figures as Prometheus scrapes them. */
  async text(): Promise<string> {
    const own = await this.#registry.metrics();
    return [own, ...this.#sections.map((write) => write())].join('\n');
  }
}
