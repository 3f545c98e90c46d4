// Credentials files: profiles are principals, policies are JSON or files, and faults name their place.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { CredentialsFault, readCredentialsFile } from '#shared/aws-api/credentials.ts';

function file(text: string, others: Readonly<Record<string, string>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'postern-credentials-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, content] of Object.entries(others)) writeFileSync(join(folder, name), content);
  const path = join(folder, 'credentials');
  writeFileSync(path, text);
  return path;
}

test('profiles with and without policies, comments, tokens', () => {
  const path = file(
    [
      '# people',
      '[default]',
      'aws_access_key_id = AKIDONE',
      'aws_secret_access_key=se=cret/+',
      '',
      '; machines',
      '[profile ci]\r',
      'aws_access_key_id=AKIDTWO',
      'aws_secret_access_key=two',
      'aws_session_token=tok==',
      'policy = {"Statement":[]}',
      '[ops]',
      'AWS_ACCESS_KEY_ID=AKIDTHREE',
      'aws_secret_access_key=three',
      'policy=ops.json',
    ].join('\n'),
    { 'ops.json': '{"Version":"2012-10-17","Statement":[]}' },
  );
  const credentials = readCredentialsFile(path);
  expect(credentials.open).toBe(false);
  expect(credentials.find('AKIDONE')).toEqual({
    accessKeyId: 'AKIDONE',
    secretAccessKey: 'se=cret/+',
    principal: { name: 'default', accessKeyId: 'AKIDONE' },
  });
  expect(credentials.find('AKIDTWO')).toMatchObject({
    sessionToken: 'tok==',
    principal: { name: 'ci', policy: { Statement: [] } },
  });
  expect(credentials.find('AKIDTHREE')?.principal.policy).toEqual({
    Version: '2012-10-17',
    Statement: [],
  });
  expect(credentials.find('AKIDFOUR')).toBeUndefined();
});

test.each([
  ['', 'has no profile'],
  ['aws_access_key_id=A', ':1 is neither a profile nor a setting'],
  ['[a]\nnonsense', ':2 is neither a profile nor a setting'],
  ['[a]\naws_secret_access_key=s', 'profile a has no aws_access_key_id'],
  ['[a]\naws_access_key_id=s\naws_secret_access_key=', 'profile a has no aws_secret_access_key'],
  [
    '[a]\naws_access_key_id=s\naws_secret_access_key=s\npolicy={',
    'profile a has a policy that is not JSON',
  ],
  ['[a]\naws_access_key_id=s\naws_secret_access_key=s\npolicy=none.json', 'profile a has a policy'],
  [
    '[a]\naws_access_key_id=s\naws_secret_access_key=s\npolicy={"Statement":[{"Effect":"allow"}]}',
    'profile a has a policy that is none of IAM: Statement[0].Effect must be "Allow" or "Deny"',
  ],
])('%j is refused', (text, message) => {
  const path = file(text);
  expect(() => readCredentialsFile(path)).toThrow(CredentialsFault);
  expect(() => readCredentialsFile(path)).toThrow(message);
});

test('a file that is not there is refused', () => {
  expect(() => readCredentialsFile('/nowhere/credentials')).toThrow('cannot be read');
});
