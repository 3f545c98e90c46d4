// The bus in memory keeps the contract of its port.
import { afterEach, describe } from 'vitest';
import { MemoryBus, MemoryHub } from '#shared/bus/memory.ts';
import { silentLogger } from '#shared/runtime/logger.ts';
import { busContract } from './bus.ts';

const hub = new MemoryHub();
const opened: MemoryBus[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((bus) => bus.close()));
});

describe('memory bus', () =>
  busContract(async () => {
    const bus = new MemoryBus(hub, silentLogger);
    opened.push(bus);
    return bus;
  }));
