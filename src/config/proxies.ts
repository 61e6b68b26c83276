import { z } from 'zod';
import { quoted } from '../domain/quote.ts';
import type { SettingsReader } from './settings-reader.ts';

const place = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]);

/** The operator's own proxies, which say in `X-Forwarded-For` whose requests they carry: addresses and networks. */
export const proxiesFrom = (reader: SettingsReader): readonly string[] => {
  const given = (reader.given('TIDEGATE_PROXIES') ?? '')
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
  const wrong = given.find((one) => !place.safeParse(one).success);
  if (wrong === undefined) return given;
  reader.wrong(
    `\`TIDEGATE_PROXIES\` has ${quoted(wrong)}, which is no address and no network.`,
    'Set it to addresses or networks with commas between them, for example `10.0.0.5,192.168.0.0/16`.',
  );
  return [];
};
