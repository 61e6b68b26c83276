/*
 * What credentials look like, by the prefixes that their makers gave them. One list: the mask over logs
 * (`observe/credentials.ts`) takes the marks of private keys and of GitHub's tokens from here.
 */

/** How a private key begins and ends, as patterns: PEM, OpenSSH, PGP. */
export const privateKeyMarks = {
  begin: '-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----',
  end: '-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----',
} as const;

/** https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github#githubs-token-formats */
export const gitHubPrefixes = ['gho_', 'ghp_', 'ghr_', 'ghs_', 'ghu_', 'github_pat_'] as const;
/** The same as a pattern, which is looked for in all that tools print. */
export const gitHubMark = 'gh[oprsu]_|github_pat_';

/** Tokens that nothing but letters, digits, `_` and `-` may precede or follow. By maker. */
const tokens: readonly string[] = [
  `(?:${gitHubMark})[\\w.-]{16,}`,
  'gl(?:pat|ptt|dt|rt|soat|cbt|imt|agent|ft|ffct|oas)-[\\w.-]{16,}',
  // Amazon: an id of a key, https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
  '(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}',
  // Google: API keys, OAuth.
  'AIza[\\w-]{35}',
  'GOCSPX-[\\w-]{20,}',
  'ya29\\.[\\w-]{20,}',
  // JSON web tokens, signed or encrypted.
  'eyJ[\\w-]{10,}\\.[\\w-]{10,}\\.[\\w.-]*',
  // Slack, Stripe and their like.
  'xox[abceoprs]-[\\w-]{10,}',
  'xapp-[\\w-]{20,}',
  '[rs]k_(?:live|test)_\\w{10,}',
  'whsec_[A-Za-z0-9+/=]{20,}',
  // Registries of packages and images.
  'npm_\\w{30,}',
  'pypi-[\\w-]{40,}',
  'rubygems_[0-9a-f]{40,}',
  'dckr_(?:pat|oat)_[\\w-]{20,}',
  // HashiCorp: Vault, HCP Terraform.
  'hv[bsr]\\.[\\w-]{20,}',
  '\\w{14}\\.atlasv1\\.[\\w-]{40,}',
  // Services, by their letters.
  'SG\\.[\\w-]{16,}\\.[\\w-]{16,}',
  'SK[0-9a-f]{32}',
  'key-[0-9a-f]{32}',
  '[0-9a-f]{32}-us\\d{1,2}',
  'sk-(?=[\\w-]*[A-Z])(?=[\\w-]*\\d)[\\w-]{20,}',
  'hf_[A-Za-z0-9]{30,}',
  'do[opr]_v1_[0-9a-f]{40,}',
  'HRKU-[\\w-]{30,}',
  'shp(?:at|ca|pa|ss)_[0-9a-fA-F]{30,}',
  'sq0[a-z]{3}-[\\w-]{20,}',
  'dapi[0-9a-f]{32}(?:-\\d)?',
  'gl(?:sa|c)_[\\w+/=-]{20,}',
  'NRAK-[A-Z0-9]{20,}',
  'sntry[su]_[\\w+/=-]{20,}',
  'lin_(?:api|oauth)_\\w{30,}',
  'ntn_\\w{30,}',
  'pul-[0-9a-f]{40}',
  'pscale_(?:tkn|pw|oauth)_[\\w.-]{30,}',
  'dp\\.(?:pt|st|ct|sa|scim|audit)\\.[\\w.-]{30,}',
  'fo1_[\\w-]{30,}',
  'sbp_[0-9a-f]{40}',
  'tskey-[a-z]+-[\\w-]{16,}',
  'PMAK-[0-9a-f-]{40,}',
  'ATATT3[\\w=+/-]{30,}',
  'ATBB[\\w]{24,}',
  'figd_[\\w-]{30,}',
  'rpa_\\w{30,}',
  'r8_\\w{30,}',
  '\\d{8,10}:AA[\\w-]{33}',
  '[MNO][\\w-]{23,25}\\.[\\w-]{6}\\.[\\w-]{27,}',
  // A client's secret of Microsoft Entra.
  '[\\w~.-]{3}[78]Q~[\\w~.-]{31,34}',
  'AGE-SECRET-KEY-1[0-9A-Z]{50,}',
];

const others: readonly string[] = [
  'PuTTY-User-Key-File-\\d[\\s\\S]*',
  'https://hooks\\.slack\\.com/(?:services|workflows)/[\\w/-]{20,}',
  'https://(?:\\w+\\.)?discord(?:app)?\\.com/api/webhooks/[\\w/-]{20,}',
  'https://[\\w.-]+\\.webhook\\.office\\.com/webhookb2/[\\w@/-]{20,}',
  // How a password is kept by crypt.
  '\\$(?:2[abxy]?|5|6|y|7|argon2id?|scrypt)\\$[\\w./$=,+-]{20,}',
];

/** Found fast, for most texts have none: some part of each of the others. */
const hint =
  /gh[oprsu]_|github_pat_|gl\w{2,5}-|A[KSBC][IC]A[A-Z2-7]|AIza|GOCSPX|ya29|eyJ|xox\w-|xapp-|[rs]k_(?:live|test)_|whsec_|npm_|pypi-|rubygems_|dckr_|hv[bsr]\.|atlasv1|SG\.|SK[0-9a-f]{9}|key-[0-9a-f]{9}|-us\d|sk-|hf_|_v1_|HRKU|shp\w\w_|sq0|dapi[0-9a-f]|gl(?:sa|c)_|NRAK|sntry|lin_|ntn_|pul-|pscale_|dp\.|fo1_|sbp_|tskey|PMAK|ATATT|ATBB|figd_|rpa_|r8_|:AA|\.[\w-]{6}\.|Q~|AGE-SEC|-----BEGIN|PuTTY|:\/\/|Bearer|Basic|Token |\$\w+\$|[?&;]sig=|[sS]ignature=/;

const credential = new RegExp(
  [
    `${privateKeyMarks.begin}(?:[\\s\\S]*?${privateKeyMarks.end}|[\\s\\S]*)`,
    ...tokens.map((token) => `(?<![A-Za-z0-9_-])${token}(?![A-Za-z0-9_-])`),
    ...others,
  ].join('|'),
  'g',
);

/** A password in an address; what only says where one is to be put is none. */
const passwordInAddress =
  /(?<![a-z0-9+.-])[a-z][a-z0-9+.-]*:\/\/[^\s/?#@:'"]*:(?![$*<{%][^@]*@|x{3,}@)([^\s/?#@'"]+)@/gi;
/** What an address is signed with: a shared access signature, a presigned one. */
const signature = /[?&;](?:sig|[\w-]*signature)=([^\s&"']{10,})/gi;

/** What a header says after its name. */
const header = /(?<![A-Za-z])(?:Bearer|Basic|Token) {1,8}((?=[^\s]*[\d=+])[\w.~+/=-]{16,})/g;

/** The parts of a text that are credentials by their shape. */
export const shapesIn = (text: string): readonly string[] => {
  if (text.length < 11 || !hint.test(text)) return [];
  const found = text.match(credential) ?? [];
  const inside = [passwordInAddress, signature, header].flatMap((pattern) =>
    [...text.matchAll(pattern)].map(([, part = '']) => part),
  );
  return inside.length === 0 ? found : [...found, ...inside];
};
