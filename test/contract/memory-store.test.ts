// The store in memory keeps the contracts of its ports.
import { describe } from 'vitest';
import {
  MemoryBlobStore,
  MemoryConnectionStore,
  MemoryResourceStore,
} from '../support/memory-store.ts';
import { blobStoreContract } from './blob-store.ts';
import { connectionStoreContract } from './connection-store.ts';
import { resourceStoreContract } from './resource-store.ts';

const resources = new MemoryResourceStore();
const connections = new MemoryConnectionStore();
const blobs = new MemoryBlobStore(resources);

describe('resources', () => resourceStoreContract(() => resources));
describe('connections', () => connectionStoreContract(() => connections));
describe('blobs', () =>
  blobStoreContract(
    () => blobs,
    () => resources,
  ));
