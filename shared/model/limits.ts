// Every limit of the node by name, with AWS's numbers and those of the `open` profile.

/** Numbers that bound the node; sizes in bytes, times in milliseconds. Infinity lifts a limit. */
export interface Limits {
  /** Longest frame a client may send; above it the socket closes 1009. */
  readonly frameBytes: number;
  /** Longest message a client may send or a push may carry; above it 1009 or 413. */
  readonly messageBytes: number;
  /** A socket without a message in either direction closes 1001. */
  readonly idleMs: number;
  /** A socket closes 1001 at this age. */
  readonly connectionMs: number;
  /** Requests of an account in a region: connects, messages, calls of @connections; and how many at once. */
  readonly requestsPerSecond: number;
  readonly requestBurst: number;
  /** New connections of an account in a region, and how many at once. */
  readonly connectionsPerSecond: number;
  readonly connectionBurst: number;
  /** Longest wait for an integration. */
  readonly integrationTimeoutMs: number;
  /** Longest URL of a handshake or request. */
  readonly urlBytes: number;
  /** Total size of a request's headers. */
  readonly headerBytes: number;
  /** Time in which a client must have sent its request headers. */
  readonly headersMs: number;
  /** Bytes queued to one slow socket before pushes get 429. */
  readonly socketQueueBytes: number;
  /** A socket whose queue stays over its limit this long closes 1008. */
  readonly socketStuckMs: number;
  /** Messages of one connection handled at once; above it the socket is not read. */
  readonly messagesInFlight: number;
  /** Bytes of messages of one connection handled at once; above it the socket is not read. */
  readonly messageBytesInFlight: number;
  /** Time a client has to answer a close frame. */
  readonly closeMs: number;
  /** Body of a control-plane or Lambda API request. */
  readonly controlBodyBytes: number;
  /** Calls of the control plane by an account in a region, and how many at once; AWS: 10 and 40. */
  readonly controlRequestsPerSecond: number;
  readonly controlRequestBurst: number;
  /** CreateDeployment and CreateDomainName of an account in a region; AWS: one in 5 s, one in 30 s. */
  readonly deploymentsPerSecond: number;
  readonly domainNamesPerSecond: number;
  readonly routesPerApi: number;
  readonly integrationsPerApi: number;
  readonly stagesPerApi: number;
  readonly authorizersPerApi: number;
  readonly clientCertificatesPerRegion: number;
  /** Longest mapping template that an integration or integration response may have; templates of more than 300 KB never run. */
  readonly templateCharacters: number;
  /** Longest format of an access log. */
  readonly accessLogFormatBytes: number;
  readonly tagsPerResource: number;
  /** Where events of execution logs are cut. */
  readonly logEventBytes: number;
  /** Answer of a Lambda authorizer. */
  readonly authorizerResultBytes: number;
  /** Request and response of a synchronous invocation. */
  readonly invokePayloadBytes: number;
  /** Environments (processes) of functions on this node. */
  readonly environments: number;
}

/**
 * AWS's numbers, and ours where AWS publishes none. The control plane's rates are lifted here too: who deploys to a
 * machine of his own should not have to wait (docs/parity.md).
 */
export const AWS_LIMITS: Limits = {
  frameBytes: 32_768,
  messageBytes: 131_072,
  idleMs: 600_000,
  connectionMs: 7_200_000,
  requestsPerSecond: 10_000,
  requestBurst: 5_000,
  connectionsPerSecond: 500,
  connectionBurst: 500,
  integrationTimeoutMs: 29_000,
  urlBytes: 4096,
  headerBytes: 10_240,
  headersMs: 10_000,
  socketQueueBytes: 1_048_576,
  socketStuckMs: 10_000,
  messagesInFlight: 256,
  messageBytesInFlight: 1_048_576,
  closeMs: 5_000,
  controlBodyBytes: 73_400_320,
  controlRequestsPerSecond: Infinity,
  controlRequestBurst: 40,
  deploymentsPerSecond: Infinity,
  domainNamesPerSecond: Infinity,
  routesPerApi: 300,
  integrationsPerApi: 300,
  stagesPerApi: 10,
  authorizersPerApi: 10,
  clientCertificatesPerRegion: 60,
  templateCharacters: 32_768,
  accessLogFormatBytes: 3072,
  tagsPerResource: 50,
  logEventBytes: 1024,
  authorizerResultBytes: 8192,
  invokePayloadBytes: 6_291_556,
  environments: 64,
};

/** Lifts what AWS imposes on applications; keeps what protects the node. */
export const OPEN_LIMITS: Limits = {
  ...AWS_LIMITS,
  frameBytes: 16_777_216,
  messageBytes: 16_777_216,
  idleMs: Infinity,
  connectionMs: Infinity,
  requestsPerSecond: Infinity,
  requestBurst: Infinity,
  connectionsPerSecond: Infinity,
  connectionBurst: Infinity,
  integrationTimeoutMs: 900_000,
  urlBytes: 65_536,
  headerBytes: 65_536,
  socketQueueBytes: 67_108_864,
  messageBytesInFlight: 67_108_864,
  routesPerApi: Infinity,
  integrationsPerApi: Infinity,
  stagesPerApi: Infinity,
  authorizersPerApi: Infinity,
  clientCertificatesPerRegion: Infinity,
  templateCharacters: 307_200,
  accessLogFormatBytes: 65_536,
  tagsPerResource: 1000,
  logEventBytes: 262_144,
  authorizerResultBytes: 1_048_576,
};
