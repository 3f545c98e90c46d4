// An access key of AWS's kind, to sign with.

/** Keys of an account or a principal; the session token goes with temporary ones. */
export interface AccessKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}
