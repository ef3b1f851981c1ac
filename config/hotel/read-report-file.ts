/** Reads the field table of report files: strictly, and everything that is wrong is told with its line and column. */
import { fileURLToPath } from 'node:url';
import { type CityFault, placedFault, ScenesError } from '../city-document/city-fault.ts';
import { readCity } from '../city-document/read-city.ts';
import { schemaFaults } from '../city-document/schema-faults.ts';
import { ReportFileSchema, type ReportFileTable } from './report-file-schema.ts';

const SHIPPED = fileURLToPath(new URL('./report-file.yaml', import.meta.url));

/** `path`: a YAML file; without it the table that comes along. Throws ScenesError. */
export function readReportFileTable(path: string = SHIPPED): ReportFileTable {
  const { value, placeOf } = readCity(path);
  const shaped = schemaFaults(ReportFileSchema, value);
  const faults = shaped.length > 0 ? shaped : togetherFaults(value as ReportFileTable);
  if (faults.length > 0) {
    throw new ScenesError(
      `the field table in ${path}`,
      faults.map((fault) => placedFault(fault, placeOf)),
    );
  }
  return value as ReportFileTable;
}

function togetherFaults({ fields }: ReportFileTable): CityFault[] {
  return fields.flatMap(({ name, from, constant }, i): CityFault[] => [
    ...((from === undefined) === (constant === undefined)
      ? [{ path: ['fields', i], what: `${name} needs one of from and constant` }]
      : []),
    ...(fields.findIndex((other) => other.name === name) < i
      ? [{ path: ['fields', i, 'name'], what: `${name} is there twice: delete one of them` }]
      : []),
  ]);
}
