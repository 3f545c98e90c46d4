// Addresses of the data plane: both forms, what is none, and the canonical name.
import { expect, test } from 'vitest';
import { canonicalSuffix, domainNameOfHost, parseAddress } from '#shared/stage/address.ts';

const H = 'abc123.execute-api.eu-west-1.localhost';

test.each([
  [H, '/prod', ['host', 'abc123', 'eu-west-1', 'prod', '']],
  [`${H}:8443`, '/prod/', ['host', 'abc123', 'eu-west-1', 'prod', '/']],
  ['a.execute-api.us-east-1.amazonaws.com', '/s/x/y', ['host', 'a', 'us-east-1', 's', '/x/y']],
  ['ABC.Execute-API.US-EAST-1.LOCALHOST', '/S', ['host', 'abc', 'us-east-1', 'S', '']],
  [H, '/', ['host', 'abc123', 'eu-west-1', '', '']],
  [H, '/prod//@connections/a%3D', ['host', 'abc123', 'eu-west-1', 'prod', '//@connections/a%3D']],
  [H, '/_aws/execute-api/x/y', ['host', 'abc123', 'eu-west-1', '_aws', '/execute-api/x/y']],
  ['localhost:8443', '/_aws/execute-api/x/y', ['path', 'x', undefined, 'y', '']],
  ['127.0.0.1', '/_aws/execute-api/x/y/z%2F', ['path', 'x', undefined, 'y', '/z%2F']],
  ['[::1]:8443', '/_aws/execute-api/x/', ['path', 'x', undefined, '', '']],
  ['', '/_aws/execute-api/x', ['path', 'x', undefined, '', '']],
])('%s %s', (host, path, [form, apiId, region, stageName, rest]) => {
  expect({ region: undefined, ...parseAddress(host, path) }).toEqual({
    form,
    apiId,
    region,
    stageName,
    rest,
  });
});

test.each([
  ['localhost:8443', '/prod'],
  ['localhost', '/_aws/execute-api/'],
  ['localhost', '/_aws/execute-api//prod'],
  ['localhost', '/_aws/lambda/x/y'],
  ['execute-api.us-east-1.localhost', '/prod'],
  ['.execute-api.us-east-1.localhost', '/prod'],
  ['a.execute-api..localhost', '/prod'],
  ['a.execute-api.us-east-1', '/prod'],
  ['a.execute-api.us-east-1.', '/prod'],
  ['a.execute-api.us-east-1.:8443', '/prod'],
  ['a.b.execute-api.us-east-1.localhost', '/prod'],
  ['', '/prod'],
])('%s %s is no address of a stage', (host, path) => {
  expect(parseAddress(host, path)).toBeUndefined();
});

test.each([
  [`${H}:8443`, `${H}:8443`],
  [`${H}:443`, H],
  [H, H],
])('domain name of host %s is %s', (host, expected) => {
  expect(domainNameOfHost(host)).toBe(expected);
});

test.each([
  [8443, undefined, 'localhost:8443'],
  [443, undefined, 'localhost'],
  [8443, 'https://gateway.example.com', 'gateway.example.com'],
  [8443, 'https://gateway.example.com:443/', 'gateway.example.com'],
  [8443, 'https://gateway.example.com:9443', 'gateway.example.com:9443'],
  [8443, 'http://gateway.example.com', 'gateway.example.com:80'],
])('port %i and public URL %s make %s', (port, publicUrl, expected) => {
  expect(canonicalSuffix(port, publicUrl)).toBe(expected);
});
