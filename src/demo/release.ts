import { type Files, localBackend } from './repository.ts';

/** A project of the demo whose environment follows tags: what `main` says of it is applied when somebody tags it. */

export const releaseName = 'status-page';

/** For the list of projects of a `tidegate.yaml`. */
export const releaseSettings = `  # Production is what the highest tag says: pull requests do not plan it.
  - name: ${releaseName}
    dir: ${releaseName}
    environment: { name: production, tag: "v*", semver: "~> 1.0" }
`;

const page = (title: string): string => `resource "terraform_data" "page" {
  input = { title = "${title}" }
}
`;

/** What `main` says of it. */
export const released = (title: string): Files => ({ [`${releaseName}/main.tf`]: page(title) });

export const startingRelease = (stateFolder: string): Files => ({
  [`${releaseName}/backend.tf`]: localBackend(stateFolder, releaseName),
  ...released('All is well'),
});
