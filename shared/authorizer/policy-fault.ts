// A policy document that cannot be used.

/** The message names the member, as `Statement[0].Effect`, and what is wrong with it. */
export class PolicyFault extends Error {}
