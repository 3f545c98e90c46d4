// The types of operations before they are bound to the back ends they work on.
import type { ControlContext } from '#shared/model/control.ts';
import type {
  V1Implemented,
  V1Input,
  V1Output,
  V2Implemented,
  V2Input,
  V2Output,
} from './model.ts';
import type { Plane, UsagePlane } from './plane.ts';

/** A v2 operation: input as the decoder has checked it, output as the encoder takes it. */
export type V2Operation<Name extends V2Implemented> = (
  plane: Plane,
  input: V2Input<Name>,
  context: ControlContext,
) => Promise<V2Output<Name>>;

/** All operations by name; each file of `handlers/v2` has a part of them. */
export type V2Operations = { readonly [Name in V2Implemented]: V2Operation<Name> };

/** One item of what a list operation answers. */
export type V2Item<Name extends V2Implemented> =
  V2Output<Name> extends { readonly Items?: readonly (infer Item)[] | undefined } ? Item : never;

/** A v1 operation: input as the decoder has checked it, output as the encoder takes it. */
export type V1Operation<Name extends V1Implemented> = (
  plane: UsagePlane,
  input: V1Input<Name>,
  context: ControlContext,
) => Promise<V1Output<Name>>;

/** All operations of v1 by name; each file of `handlers/v1` has a part of them. */
export type V1Operations = { readonly [Name in V1Implemented]: V1Operation<Name> };
