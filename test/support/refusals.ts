// A table of calls that a handler refuses: what is wrong, the call, the error.
import { expect } from 'vitest';

/** The error types of API Gateway v2 with their statuses. */
const STATUS = {
  BadRequestException: 400,
  NotFoundException: 404,
  ConflictException: 409,
} as const;

/** One call that must be refused; `Place` is what the test has made before. */
export type Refusal<Place> = readonly [
  title: string,
  call: (place: Place) => Promise<unknown>,
  type: keyof typeof STATUS,
  message: string,
];

/** Expects `refusal` of a call on `place`; `{name}` in the message stands for that member of the place. */
export async function expectRefused<Place extends object>(
  [, call, type, message]: Refusal<Place>,
  place: Place,
): Promise<void> {
  const text = message.replace(/\{(\w+)\}/g, (whole, name: string) =>
    name in place ? String(place[name as keyof Place]) : whole,
  );
  await expect(call(place)).rejects.toMatchObject({ type, status: STATUS[type], message: text });
}

/** Expects a call to be refused with `status` by its type, and a text that has `message` in it. */
export async function expectFault(
  call: Promise<unknown>,
  { status, message = '' }: { readonly status: number; readonly message?: string },
): Promise<void> {
  const type = Object.entries(STATUS).find(([, code]) => code === status)?.[0];
  await expect(call).rejects.toMatchObject({
    type,
    status,
    message: expect.stringContaining(message) as unknown,
  });
}
