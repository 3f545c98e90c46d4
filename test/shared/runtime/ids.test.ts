// Identifiers have AWS's shapes.
import { expect, test } from 'vitest';
import {
  isConnectionId,
  newConnectionId,
  newNodeId,
  newRequestId,
  newResourceId,
  newTraceId,
  nodeOf,
} from '#shared/runtime/ids.ts';

test('connection ids are base64url of 11 bytes, name their node and do not repeat', () => {
  const node = newNodeId();
  const ids = Array.from({ length: 5000 }, () => newConnectionId(node));
  expect(new Set(ids).size).toBe(5000);
  for (const id of ids) {
    expect(isConnectionId(id)).toBe(true);
    expect(Buffer.from(id, 'base64url')).toHaveLength(11);
    expect(nodeOf(id)).toBe(node);
  }
});

test.each(['', 'abc', 'L0SM9cOFvHcCIhw', 'L0SM9cOFvHcCIhww', 'L0SM9c/FvHcCIhw='])(
  '%j is no connection id',
  (text) => {
    expect(isConnectionId(text)).toBe(false);
  },
);

test('request, resource and trace ids', () => {
  expect(newRequestId()).toMatch(/^[A-Za-z0-9_-]{15}=$/);
  expect(newResourceId(10)).toMatch(/^[a-z][a-z0-9]{9}$/);
  expect(newTraceId(1_729_687_745_000)).toMatch(/^Root=1-6718f0c1-[0-9a-f]{24}$/);
});
