import { z } from 'zod';
import { type DriftSettings, driftModes } from '../../domain/drift/settings.ts';

/** What is kept with a project of what is done about drift of it. */
export const storedDrift: z.ZodType<DriftSettings> = z.object({
  mode: z.enum(driftModes),
  schedule: z.object({ cron: z.string(), zone: z.string() }).nullable(),
  threshold: z.number().int(),
  ignore: z.array(
    z.object({
      address: z.string(),
      paths: z.array(z.string()),
      reason: z.string(),
      until: z.string(),
    }),
  ),
  limits: z.object({
    deletes: z.boolean(),
    replaces: z.boolean(),
    most: z.number().int(),
    share: z.number().int(),
  }),
});
