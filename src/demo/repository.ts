/** Files of the demo's repository: two Terraform projects that share a local module. */

export type Files = Readonly<Record<string, string>>;

const label = `variable "name" {
  type = string
}

variable "owner" {
  type    = string
  default = "platform"
}

output "tags" {
  value = {
    name  = "acme-\${var.name}"
    owner = var.owner
  }
}
`;

export const localBackend = (stateFolder: string, project: string): string => `terraform {
  backend "local" {
    path = "${stateFolder}/${project}.tfstate"
  }
}
`;

const network = (subnets: readonly string[], cidr: string): string => `module "label" {
  source = "../modules/label"
  name   = "network"
}

resource "terraform_data" "vpc" {
  input = merge(module.label.tags, { cidr = "${cidr}" })
}

resource "terraform_data" "subnet" {
  for_each = toset([${subnets.map((subnet) => `"${subnet}"`).join(', ')}])
  input    = { zone = each.key }
}
`;

const database = `module "label" {
  source = "../modules/label"
  name   = "database"
}

resource "terraform_data" "cluster" {
  input            = merge(module.label.tags, { size = "small" })
  triggers_replace = module.label.tags.owner
}

output "endpoint" {
  value = "db.acme.example:5432"
}
`;

const settings = `# What each project asks for. Pull requests are judged by the file on the base branch.
version: 1
projects:
  - name: network
    dir: network
  - name: database
    dir: database
    environment: production
    requirements:
      - approved
      - approved: { count: 2 } # what is destroyed and not replaced needs two people
        when: plan.delete > 0
`;

/** What is on \`main\` before anything happens. State files live in \`stateFolder\` (absolute), outside every checkout. */
export const startingFiles = (stateFolder: string): Files => ({
  'README.md': '# Infrastructure of acme\n\nChanges are planned and applied from pull requests.\n',
  'tidegate.yaml': settings,
  'modules/label/main.tf': label,
  'network/backend.tf': localBackend(stateFolder, 'network'),
  'network/main.tf': network(['a', 'b'], '10.0.0.0/16'),
  'database/backend.tf': localBackend(stateFolder, 'database'),
  'database/main.tf': database,
});

/** The third one: the cluster goes. A note in an output makes another plan of it. */
export const retiredCluster = (note: string): Files => ({
  'database/main.tf': `module "label" {
  source = "../modules/label"
  name   = "database"
}

output "endpoint" {
  value = "${note}"
}
`,
});

/** Something else on the base branch, which changes no plan. */
export const somethingElse: Files = { 'README.md': '# Infrastructure of acme\n\nAsk in #platform first.\n' };

/** The first pull request: touches the shared module, so both projects are planned. */
export const newOwner: Files = {
  'modules/label/main.tf': label.replace('default = "platform"', 'default = "storage"'),
};

/** The second one: the network alone, while the first holds its lock. */
export const thirdSubnet: Files = { 'network/main.tf': network(['a', 'b', 'c'], '10.0.0.0/16') };
