// The code of a function as CreateFunction and UpdateFunctionCode bring it.
import { ArchiveError, readArchive } from '../archive.ts';
import type { HandlerDeps } from '../deps.ts';
import { invalidParameter, notImplemented } from '../faults.ts';
import type { FunctionRecord } from '../function-record.ts';
import { functionKey, type FunctionName } from '../functions.ts';
import type { LambdaInput } from '../model.ts';

/** Where code may come from. */
export type CodeInput = LambdaInput<'CreateFunction'>['Code'];

/** Checks the zip and stores it; answers what the record says of it. */
export async function storeCode(
  deps: HandlerDeps,
  code: CodeInput,
  of: FunctionName,
): Promise<Pick<FunctionRecord, 'CodeHash' | 'CodeSize'>> {
  const zip = checkedZip(code);
  return { CodeHash: await deps.code.put(zip, functionKey(of)), CodeSize: zip.length };
}

/** The zip of `code`; throws what AWS answers to what is no usable one. */
export function checkedZip(code: CodeInput): Buffer {
  const { ZipFile, S3Bucket, S3Key, ImageUri } = code;
  if (ImageUri !== undefined) throw notImplemented('A function from a container image');
  if (ZipFile === undefined) {
    if (S3Bucket !== undefined || S3Key !== undefined) {
      throw notImplemented('Function code in S3 (send it as ZipFile); it');
    }
    throw invalidParameter('Please provide a source for function code.');
  }
  if (S3Bucket !== undefined || S3Key !== undefined) {
    throw invalidParameter(
      'Please do not provide other FunctionCode parameters when providing a ZipFile.',
    );
  }
  if (ZipFile.length === 0) throw invalidParameter('Uploaded file must be a non-empty zip');
  const zip = Buffer.from(ZipFile.buffer, ZipFile.byteOffset, ZipFile.length);
  try {
    if (readArchive(zip).length === 0) {
      throw invalidParameter('Uploaded file must be a non-empty zip');
    }
  } catch (error) {
    if (error instanceof ArchiveError) throw invalidParameter(error.message);
    throw error;
  }
  return zip;
}
