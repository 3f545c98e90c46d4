// Counts of usage in memory keep the contract of their port.
import { describe } from 'vitest';
import { MemoryUsageCounts } from '#shared/throttle/memory-usage.ts';
import { usageCountsContract } from './usage-counts.ts';

describe('memory usage counts', () => usageCountsContract(async () => new MemoryUsageCounts()));
