// The node's figures in Prometheus' text format; each is read when somebody asks, so that traffic pays nothing for it.
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';

/** Figures of one node. */
export class Metrics {
  readonly #registry = new Registry();

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

  /** All figures as Prometheus scrapes them. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }
}
