import type { DangerCatalogue } from '../../src/domain/danger/catalogue.ts';
import type { PlanReading } from '../../src/domain/plan-summary.ts';
import { createTerraformReader } from '../../src/runner/read/terraform-json.ts';

type Options = Parameters<typeof createTerraformReader>[1];

/** A plan that is there as a whole, read at once. */
export const readTerraformPlan = (
  bytes: Uint8Array,
  catalogue?: DangerCatalogue,
  options?: Options,
): PlanReading => readInPieces([bytes], catalogue, options);

/** The same, pushed in these pieces. */
export const readInPieces = (
  pieces: readonly Uint8Array[],
  catalogue?: DangerCatalogue,
  options?: Options,
): PlanReading => {
  const reader = createTerraformReader(catalogue, options);
  for (let pass = 0; pass < 2; pass += 1) {
    for (const piece of pieces) reader.push(piece);
    const reading = reader.end();
    if (reading !== null) return reading;
  }
  throw new Error('a plan was read twice and not understood');
};
