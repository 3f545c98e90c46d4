// Plans templates written inside tests, and reads what a plan made of them.
import { planTemplate } from '#services/deploy/plan.ts';
import type { Plan, PlanRequest } from '#services/deploy/plan.ts';
import { TemplateError } from '#services/deploy/faults.ts';
import { resolve } from '#services/deploy/intrinsics.ts';
import type { Value } from '#services/deploy/value.ts';

export const IDENTITY = {
  name: 'shop',
  id: 'arn:aws:cloudformation:eu-west-1:111122223333:stack/shop/uuid',
  region: 'eu-west-1',
  accountId: '111122223333',
};

/** Plans `text` as template.yaml of the folder `folder`. */
export function planOf(text: string, options: Partial<PlanRequest> = {}): Plan {
  return planTemplate({
    text,
    file: 'template.yaml',
    folder: import.meta.dirname,
    identity: IDENTITY,
    ...options,
  });
}

/** Messages of all faults of `text`, as `path: message`. */
export function faultsOf(text: string, options: Partial<PlanRequest> = {}): string[] {
  try {
    planOf(text, options);
  } catch (error) {
    if (error instanceof TemplateError) {
      return error.faults.map(({ path, message }) => `${path}: ${message}`);
    }
    throw error;
  }
  return [];
}

/** Values of the outputs of a plan; what only a deployment knows stays a `Later`. */
export function outputsOf(plan: Plan): Record<string, Value | undefined> {
  const later = { has: () => true, ref: () => 'made', attribute: () => 'made.attribute' };
  const scope = plan.environment.scope(later);
  return Object.fromEntries(
    plan.outputs.map(({ name, value, path }) => [name, resolve(value, path, scope)]),
  );
}

/** A resource that every template needs, of a type without effect. */
export const ANY_RESOURCE = `
Resources:
  Role:
    Type: AWS::IAM::Role
`;
