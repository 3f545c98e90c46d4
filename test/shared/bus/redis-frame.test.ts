// Frames of requests and answers on Redis: there and back, and what is no frame at all.
import { expect, test } from 'vitest';
import {
  decodeAnswer,
  decodeQuestion,
  encodeAnswer,
  encodeQuestion,
} from '#shared/bus/redis-frame.ts';

const bytes = Buffer.from([0, 1, 254, 255]);

test.each([0, 1, 0xffff_ffff])('question %i comes back as it was', (id) => {
  const question = decodeQuestion(encodeQuestion('asker_-9', id, bytes));
  expect(question).toEqual({ asker: 'asker_-9', id, message: bytes });
});

test('an answer comes back as it was; an empty one is not a failure', () => {
  expect(decodeAnswer(encodeAnswer({ id: 7, message: bytes }))).toEqual({ id: 7, message: bytes });
  expect(decodeAnswer(encodeAnswer({ id: 7, message: Buffer.alloc(0) }))).toEqual({
    id: 7,
    message: Buffer.alloc(0),
  });
  expect(decodeAnswer(encodeAnswer({ id: 7 }))).toEqual({ id: 7, message: undefined });
});

const noQuestions = [[], [5], [5, 65, 66], [3, 65, 66, 67, 0, 0, 0]];
test.each(noQuestions.map((frame) => [frame]))('%j is no question', (frame) => {
  expect(decodeQuestion(Buffer.from(frame))).toBeUndefined();
});

test.each([[[]], [[0, 0, 0, 1]]])('%j is no answer', (frame) => {
  expect(decodeAnswer(Buffer.from(frame))).toBeUndefined();
});
