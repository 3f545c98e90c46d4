// Sample values of a model's shapes: every member set, texts with everything that an encoding can get wrong.
import type { Member, Shape } from '#shared/aws-api/shape.ts';

/** Deepest structures that are filled: recursive shapes end here. */
const MAX_DEPTH = 6;

/** Texts for members in paths, queries and bodies. */
const TEXT = `a/b c+d%20&=?#;:@$,'"!*()~äß€😀\\`;
/** Headers carry less. */
const HEADER_TEXT = 'a/b; c="d", e';

/** A value of `shape`. `seed` makes neighbours differ. */
export function sample(shape: Shape, seed: string, depth = 0): unknown {
  switch (shape.kind) {
    case 'structure':
      return depth > MAX_DEPTH ? {} : sampleMembers(shape.members, depth + 1);
    case 'list':
      return ['0', '1'].map((index) => sample(shape.member, seed + index, depth + 1));
    case 'map':
      return Object.fromEntries(
        ['k', 'key with / and .'].map((key) => [key, sample(shape.value, seed + key, depth + 1)]),
      );
    case 'timestamp':
      return new Date(1_586_290_919_000 + seed.length * 1000);
    case 'blob':
      return Buffer.from([0, 255, seed.length, 10, 13]);
    case 'number':
      return seed.length + 1;
    case 'boolean':
      return seed.length % 2 === 0;
    default:
      return `${seed} ${TEXT}`;
  }
}

/** A value for each of `members`, by the SDK's names. */
export function sampleMembers(members: readonly Member[], depth = 0): Record<string, unknown> {
  return Object.fromEntries(members.map((member) => [member.name, sampleMember(member, depth)]));
}

function sampleMember({ name, shape, binding }: Member, depth: number): unknown {
  if (binding.header !== undefined) return HEADER_TEXT;
  if (binding.statusCode) return 200;
  return sample(shape, name, depth);
}
