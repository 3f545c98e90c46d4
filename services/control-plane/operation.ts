// The type of an operation of v2 before it is bound to the back ends it works on.
import type { ControlContext } from '#shared/model/control.ts';
import type { V2Implemented, V2Input, V2Output } from './model.ts';
import type { Plane } from './plane.ts';

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
