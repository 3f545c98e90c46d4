// Whether the files and folders that settings name are there.
import { existsSync, statSync } from 'node:fs';
import type { Config } from './config.ts';
import type { Fault } from './config-fields.ts';

/** Adds a fault for every file or folder that is not there. */
export function checkPlaces(config: Config, faults: Fault[]): void {
  const { credentials, template } = config;
  checkFile('credentials', credentials, faults);
  checkFile('template', template, faults);
  for (const [name, { cert, key, chain = cert }] of Object.entries(config.certificates)) {
    for (const file of new Set([cert, key, chain])) checkFile(`certificates.${name}`, file, faults);
  }
  for (const [name, folder] of Object.entries(config.buckets)) {
    checkFolder(`buckets.${name}`, folder, faults);
  }
  for (const [name, folder] of Object.entries(config.pages)) {
    if (/^[A-Za-z0-9_-]+$/.test(name)) checkFolder(`pages.${name}`, folder, faults);
    else faults.push({ field: `pages.${name}`, message: 'a name has only A-Z a-z 0-9 _ -' });
  }
}

function checkFile(field: string, path: string | undefined, faults: Fault[]): void {
  if (path === undefined || existsSync(path)) return;
  faults.push({ field, message: `there is no file ${path}` });
}

function checkFolder(field: string, path: string, faults: Fault[]): void {
  if (existsSync(path) && statSync(path).isDirectory()) return;
  faults.push({ field, message: `there is no folder ${path}` });
}
