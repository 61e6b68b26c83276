import { type Files, localBackend } from './repository.ts';

/** Files of the demo's second repository, whose `main` takes only what its merge queue merges. */

export const servicesName = 'services';

const gateway = (limit: number): string => `resource "terraform_data" "route" {
  input = { host = "api.acme.example", limit = ${limit} }
}
`;

const billing = (limit: number): string => `resource "terraform_data" "meter" {
  input = { free = ${limit}, currency = "EUR" }
}
`;

const settings = `# The gateway is applied by the merge, billing before it.
version: 1
projects:
  - name: gateway
    dir: gateway
    environment: production
    apply: merge
    requirements: [approved]
  - name: billing
    dir: billing
    environment: staging
`;

export const servicesProjects = ['gateway', 'billing'] as const;

/** As `startingFiles`. */
export const startingServices = (stateFolder: string): Files => ({
  'README.md': '# Services of acme\n\nWhat is merged goes through the merge queue.\n',
  'tidegate.yaml': settings,
  'gateway/backend.tf': localBackend(stateFolder, 'gateway'),
  'gateway/main.tf': gateway(100),
  'billing/backend.tf': localBackend(stateFolder, 'billing'),
  'billing/main.tf': billing(100),
});

/** Touches both projects. */
export const higherLimits: Files = { 'gateway/main.tf': gateway(250), 'billing/main.tf': billing(250) };
