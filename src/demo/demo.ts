import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createSystemClock } from '../clock/system.ts';
import type { Permission } from '../hub/state.ts';
import { monitoringName, monitoringOperator, monitoringProjects, startingMonitoring } from './monitoring.ts';
import { offerToBreak } from './monitoring-story.ts';
import {
  officeEnvironment,
  officeName,
  officeOperator,
  officeProjects,
  startingOffice,
  startSystems,
} from './office.ts';
import { office, openNewPeople } from './office-story.ts';
import { parentGone } from './parent.ts';
import { personOf } from './person.ts';
import { type Portal, portalVariables, startPortal, withPortal } from './portal.ts';
import { openHigherLimits, requireQueue, services } from './queue-story.ts';
import { newOwner, startingFiles, thirdSubnet } from './repository.ts';
import { servicesName, servicesProjects, startingServices } from './services.ts';
import { applyOnce } from './state.ts';
import { playStory, threadText } from './story.ts';
import { requireTools } from './tools.ts';
import { welcome } from './welcome.ts';
import { startWorld, stateFolderOf, type World } from './world.ts';

export interface DemoOptions {
  readonly script: boolean;
  /** Of the hub; 0 takes a free one. */
  readonly port: number;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Resolves when the person has had enough. */
  readonly untilStopped: Promise<unknown>;
  readonly out: (text: string) => void;
}

/** In the order of the page's menu; a browser begins as the first. */
const people: Readonly<Record<string, Permission>> = {
  ada: 'write',
  grace: 'write',
  margaret: 'admin',
  mallory: 'read',
};

/**
 * The demo: everything on this machine, in a folder of its own that goes with it. Resolves to the exit code;
 * throws a `UserError` where git or terraform is missing.
 */
export const demo = async (options: DemoOptions): Promise<number> => {
  const { environment, untilStopped } = options;
  await requireTools(environment['PATH']);
  // Somebody who starts the demo without npm may want it to outlive the shell it came from.
  if (environment['npm_lifecycle_event'] === undefined) return play(options);
  const done = new AbortController();
  const gone = parentGone(createSystemClock(), done.signal);
  try {
    return await play({ ...options, untilStopped: Promise.race([untilStopped, gone]) });
  } finally {
    done.abort();
  }
};

const play = async ({ script, port, environment, untilStopped, out }: DemoOptions): Promise<number> => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'tidegate-demo-'));
  const say = (line: string) => out(`${line}\n`);
  let portal: Portal | null = null;
  try {
    say('Starting a GitHub on this machine, and Tidegate beside it as its App ...');
    say(
      'It plans only its own repository, so nothing keeps the tools apart from this machine (isolation: none).',
    );
    portal = await startPortal(path.join(folder, 'cluster'), environment, createSystemClock(), say);
    const files = startingFiles(stateFolderOf(folder));
    const more = startingServices(stateFolderOf(folder));
    const plain = await startingOffice(stateFolderOf(folder));
    const third = portal === null ? plain : withPortal(plain);
    const fourth = startingMonitoring(stateFolderOf(folder));
    const before = path.join(folder, 'before');
    await Promise.all([
      applyOnce(path.join(before, 'first'), files, ['network', 'database'], environment),
      applyOnce(path.join(before, 'second'), more, servicesProjects, environment),
      applyOnce(path.join(before, 'third'), third, officeProjects, environment),
      applyOnce(path.join(before, 'fourth'), fourth, monitoringProjects, environment),
      startSystems(stateFolderOf(folder)),
    ]);
    await portal?.install(path.join(before, 'third'));
    const world = await startWorld({
      folder,
      files,
      others: { [servicesName]: more, [officeName]: third, [monitoringName]: fourth },
      people,
      operator: `${officeOperator(portal === null ? [] : portalVariables)}${monitoringOperator}`,
      environment: {
        ...environment,
        ...officeEnvironment(stateFolderOf(folder)),
        ...(portal === null ? {} : { KUBECONFIG: portal.kubeconfig }),
      },
      hub: { port },
      login: true,
      // What it would warn of is said here, in words for whoever tries it.
      logLevel: 'error',
    });
    try {
      requireQueue(world);
      const how = script ? scripted : byHand;
      return await how({ world, portal, say, untilStopped });
    } finally {
      await world.close();
    }
  } finally {
    await portal?.close();
    await rm(folder, { recursive: true, force: true });
  }
};

interface Stage {
  readonly world: World;
  readonly portal: Portal | null;
  readonly say: (line: string) => void;
  readonly untilStopped: Promise<unknown>;
}

const scripted = async ({ world, portal, say, untilStopped }: Stage): Promise<number> => {
  const stopping = new AbortController();
  void untilStopped.then(() => stopping.abort());
  const seen = await playStory({ world, portal, clock: createSystemClock(), say, signal: stopping.signal });
  if (stopping.signal.aborted) {
    say('Stopping ...');
    return 1;
  }
  await world.settled();
  // Where a step was not seen, those behind it opened nothing.
  const threads = await Promise.all([
    ...[1, 2, 3].map((number) => threadText(world, number).catch(String)),
    threadText(world, 1, services).catch(String),
    threadText(world, 1, office).catch(String),
  ]);
  for (const thread of threads) say(`\n${'='.repeat(72)}\n${thread}`);
  say(`\n${'='.repeat(72)}\n${seen ? 'Every step was seen.' : 'A step was not seen.'}`);
  return seen ? 0 : 1;
};

const byHand = async ({ world, portal, say, untilStopped }: Stage): Promise<number> => {
  const ada = personOf(world, 'ada');
  const grace = personOf(world, 'grace');
  await ada.push('new-owner', newOwner, 'Storage owns what we run');
  await ada.openPull('new-owner', 'Give everything to the storage team');
  say('ada opened a pull request; Tidegate is planning it with your terraform ...');
  await world.settled();
  await grace.push('third-subnet', thirdSubnet, 'Add a third subnet');
  await grace.openPull('third-subnet', 'Add a third subnet');
  say('grace opened another one, on a project that the first has locked ...');
  await world.settled();
  await openHigherLimits(world);
  say('ada opened one more, in a repository that merges through a merge queue ...');
  await openNewPeople(world, portal);
  say('ada opened another one, which changes Terraform and who works here ...');
  say('Tidegate looks at alerts that nobody has changed yet ...');
  await offerToBreak(world, createSystemClock());
  await world.settled();
  say(welcome(world, people, portal));
  await untilStopped;
  say('Stopping ...');
  return 0;
};
