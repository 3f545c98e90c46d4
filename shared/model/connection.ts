// A WebSocket connection: what is remembered of it, what is stored of it, and the handle on an open socket.
import type { StringMap } from './records.ts';

/**
 * The certificate that a client has proved to own on a custom domain with mutual TLS, in AWS's members and texts.
 * AWS guide: apigateway-mapping-template-reference, `$context.identity.clientCert`.
 */
export interface ClientCert {
  readonly clientCertPem: string;
  /** As in the certificate: `C=US,O=Example,CN=client`. */
  readonly subjectDN: string;
  readonly issuerDN: string;
  /** Pairs of hexadecimal digits with colons between. */
  readonly serialNumber: string;
  /** `May 28 12:30:02 2019 GMT`; days below ten have a blank before them. */
  readonly validity: { readonly notBefore: string; readonly notAfter: string };
}

/** What every exchange of a connection knows of it. */
export interface Connection {
  /** 16 characters: base64url of 11 bytes and `=`; the first four name the node. */
  readonly id: string;
  readonly apiId: string;
  readonly stageName: string;
  readonly region: string;
  /** Epoch milliseconds. */
  readonly connectedAt: number;
  readonly sourceIp: string;
  readonly userAgent?: string;
  /** `requestContext.domainName` of all its events. */
  readonly domainName: string;
  /** Authorizer context carried into every later event; absent without a Lambda authorizer. */
  readonly authorizer?: StringMap;
  /** What IAM or an API key told of the client: accessKey, accountId, caller, user, userArn, apiKey, apiKeyId. */
  readonly identity?: StringMap;
  /** Only with mutual TLS, and only while the connection's node lives: it is not stored. */
  readonly clientCert?: ClientCert;
}

/** A connection in DynamoDB (table `{prefix}-connections`). */
export interface ConnectionRecord extends Connection {
  readonly nodeId: string;
  readonly accountId: string;
  /** Free metadata of the user (extensions); JSON. */
  readonly metadata?: unknown;
  readonly groups?: readonly string[];
  /** Epoch seconds after which DynamoDB may drop the record by itself. */
  readonly expiresAt: number;
}

/** What GET @connections answers. */
export interface ConnectionDescription {
  readonly connectedAt: number;
  readonly lastActiveAt: number;
  readonly sourceIp: string;
  readonly userAgent?: string;
}

/** An open socket of this node. */
export interface LiveConnection extends Connection {
  /** Epoch milliseconds of the last message in either direction. */
  readonly lastActiveAt: number;
  /**
   * Queues one text message. `false` when the socket's queue is over `socketQueueBytes`: nothing was queued.
   * Splits into frames of at most the frame limit. Never throws for a socket that is closing; then it is `false` too.
   */
  send(data: Uint8Array): boolean;
  /** Starts the closing handshake with a code and reason; the DISCONNECT event tells the same. */
  close(code: number, reason: string): void;
}

/** The sockets of this node and nothing else. */
export interface Hub {
  /** `undefined` before `$connect` has succeeded and after the socket has closed. */
  get(connectionId: string): LiveConnection | undefined;
  ofStage(apiId: string, stageName: string): Iterable<LiveConnection>;
  readonly size: number;
}
