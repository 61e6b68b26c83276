import { withDefaults, withoutStringData } from './defaults.ts';
import { copy, equal, isMap, type Json, type JsonMap, mapAt, textAt, without } from './json.ts';
import { groupVersion, type Kind } from './kinds.ts';
import { isObject, type KubeObject, namespaceOf, uidOf } from './objects.ts';
import { serverSideApply } from './patch/apply.ts';
import { afterUpdate, withManagers } from './patch/managers.ts';
import { jsonPatch, mergePatch } from './patch/plain.ts';
import { strategicMerge } from './patch/strategic.ts';
import { alreadyExists, modified, notFound, Refusal } from './refusal.ts';
import { newUid, type Storage } from './storage.ts';
import { notText, unknownFields, validate, validateAddress } from './validate.ts';

/** What a write says beside its body. */
export interface WriteOptions {
  readonly dryRun: boolean;
  readonly manager: string;
  readonly force: boolean;
  readonly validation: 'Strict' | 'Warn' | 'Ignore';
  /** `status` writes that alone. */
  readonly subresource: string | null;
}

export interface Target {
  readonly kind: Kind;
  /** Empty for what has none. */
  readonly namespace: string;
  readonly name: string;
}

export interface Written {
  readonly object: KubeObject;
  readonly created: boolean;
  readonly warnings: readonly string[];
}

/** A change that a webhook of the cluster makes, or a refusal that it throws. */
export type Admission = (object: KubeObject, before: KubeObject | null) => KubeObject;

export interface Operations {
  create(target: Omit<Target, 'name'>, body: Json, options: WriteOptions): Written;
  replace(target: Target, body: Json, options: WriteOptions): Written;
  patch(target: Target, type: string, body: Json, options: WriteOptions): Written;
  /** The object as it was, or as it waits for its finalizers. */
  remove(
    target: Target,
    deleteOptions: JsonMap,
    dryRun: boolean,
  ): { readonly object: KubeObject; readonly waits: boolean };
}

/** As it is read in that version. */
export const inVersion = (object: KubeObject, kind: Kind): KubeObject => ({
  ...object,
  apiVersion: groupVersion(kind),
  kind: kind.kind,
});

/** Without what changes at every write. */
const meaning = (object: KubeObject): JsonMap => ({
  ...object,
  metadata: { ...without(object.metadata, 'resourceVersion', 'generation') },
});

export const createOperations = (storage: Storage, admit: Admission): Operations => {
  const mustHaveNamespace = ({ kind, namespace }: Pick<Target, 'kind' | 'namespace'>): void => {
    if (!kind.namespaced) return;
    const found = storage.read({ group: '', plural: 'namespaces' }, '', namespace);
    if (found === null) throw notFound('namespaces', '', namespace);
    if (found.metadata['deletionTimestamp'] !== undefined)
      throw new Refusal(
        403,
        `unable to create new content in namespace ${namespace} because it is being terminated`,
      );
  };

  const typed = (
    body: Json | undefined,
    { kind, namespace }: Pick<Target, 'kind' | 'namespace'>,
  ): KubeObject => {
    if (!isMap(body) || !isMap(body['metadata'])) throw new Refusal(400, 'the body is not an object');
    const metadata = { ...body['metadata'] };
    if (metadata['name'] === undefined && typeof metadata['generateName'] === 'string')
      metadata['name'] = `${metadata['generateName']}${newUid().slice(0, 5)}`;
    if (kind.namespaced) metadata['namespace'] ??= namespace;
    const object = {
      ...body,
      apiVersion: body['apiVersion'] ?? groupVersion(kind),
      kind: body['kind'] ?? kind.kind,
      metadata,
    };
    if (!isObject(object))
      throw new Refusal(
        422,
        `${kind.kind} "" is invalid: metadata.name: Required value: name or generateName is required`,
      );
    if (object.kind !== kind.kind || object.apiVersion !== groupVersion(kind))
      throw new Refusal(
        400,
        `${object.apiVersion}, Kind=${object.kind} does not match ${groupVersion(kind)}, Kind=${kind.kind}`,
      );
    return object;
  };

  const strange = (object: KubeObject, options: WriteOptions): readonly string[] => {
    const wrong = notText(object);
    if (wrong !== null)
      throw new Refusal(
        400,
        `${object.kind} in version "${versionOf(object)}" cannot be handled as a ${object.kind}: json: cannot unmarshal ${typeof wrong.value} into Go struct field ${object.kind}.${wrong.path} of type string`,
      );
    const fields = unknownFields(object);
    if (fields.length === 0 || options.validation === 'Ignore') return [];
    const said = fields.map((field) => `unknown field "${field}"`);
    if (options.validation === 'Warn') return said;
    throw new Refusal(
      400,
      `${object.kind} in version "${versionOf(object)}" cannot be handled as a ${object.kind}: strict decoding error: ${said.join(', ')}`,
    );
  };

  /** Everything that is not in the schema is dropped, as a server does that only warns. */
  const pruned = (object: KubeObject): KubeObject => {
    const result = copy(object);
    for (const field of unknownFields(object)) {
      const [first = '', second] = field.split('.');
      const holder = second === undefined ? result : mapAt(result, first);
      delete holder[second ?? first];
    }
    return result;
  };

  const insert = (target: Omit<Target, 'name'>, wish: KubeObject, options: WriteOptions): KubeObject => {
    mustHaveNamespace(target);
    const admitted = admit(withDefaults(withoutStringData(wish)), null);
    validate(target.kind, admitted, null);
    const object: KubeObject = {
      ...admitted,
      metadata: {
        ...without(admitted.metadata, 'resourceVersion', 'deletionTimestamp'),
        name: admitted.metadata.name,
        uid: newUid(),
        creationTimestamp: storage.time(),
        ...(admitted['spec'] === undefined ? {} : { generation: 1 }),
      },
    };
    return options.dryRun ? object : storage.write(target.kind, object);
  };

  /** Writes what came of a change, unless nothing did. */
  const update = (target: Target, live: KubeObject, wish: KubeObject, options: WriteOptions): KubeObject => {
    const { kind } = target;
    const wanted = textAt(wish.metadata, 'resourceVersion');
    if (wanted !== undefined && wanted !== '' && wanted !== live.metadata['resourceVersion'])
      throw modified(kind.plural, kind.group, target.name);
    const uid = textAt(wish.metadata, 'uid');
    if (uid !== undefined && uid !== uidOf(live))
      throw new Refusal(
        409,
        `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${uidOf(live)}`,
      );
    const isStatus = options.subresource === 'status';
    const kept = ['uid', 'creationTimestamp', 'deletionTimestamp', 'generation', 'resourceVersion'] as const;
    const metadata: KubeObject['metadata'] = { ...wish.metadata, name: live.metadata.name };
    for (const key of kept) {
      const value = live.metadata[key];
      if (value === undefined) delete metadata[key];
      else metadata[key] = value;
    }
    if (kind.namespaced) metadata['namespace'] = namespaceOf(live);
    const filled = withDefaults(withoutStringData({ ...wish, metadata }));
    const body: KubeObject = isStatus ? { ...live, status: wish['status'] ?? {} } : { ...filled };
    if (!isStatus) {
      if (live['status'] === undefined) delete body['status'];
      else body['status'] = live['status'];
    }
    const object = isStatus ? body : admit(body, live);
    validate(kind, object, live);
    if (equal(meaning(object), meaning(live))) return live;
    const spec = (one: KubeObject): JsonMap => without(one, 'metadata', 'status', 'apiVersion', 'kind');
    if (typeof live.metadata['generation'] === 'number' && !equal(spec(object), spec(live)))
      object.metadata['generation'] = live.metadata['generation'] + 1;
    if (options.dryRun) return object;
    const isOver = object.metadata['deletionTimestamp'] !== undefined && !hasFinalizers(object);
    const written = storage.write(kind, object);
    if (isOver) storage.remove(kind, target.namespace, target.name);
    return written;
  };

  const mustRead = ({ kind, namespace, name }: Target): KubeObject => {
    const live = storage.read(kind, namespace, name);
    if (live === null) throw notFound(kind.plural, kind.group, name);
    return live;
  };

  const managed = (
    before: KubeObject | null,
    after: KubeObject,
    { manager, subresource }: WriteOptions,
  ): KubeObject =>
    subresource === null ? withManagers(after, afterUpdate(before, after, manager), storage.time()) : after;

  const apply = (target: Target, body: Json, options: WriteOptions): Written => {
    const wish = typed(body, target);
    validateAddress(wish, target.namespace, target.name);
    if (Array.isArray(wish.metadata['managedFields']))
      throw new Refusal(400, 'metadata.managedFields must be nil');
    const [field] = unknownFields(wish);
    const wrong = notText(wish);
    if (field !== undefined || wrong !== null)
      throw new Refusal(
        500,
        `failed to create typed patch object (${namespaceOf(wish)}/${wish.metadata.name}; ${wish.apiVersion}, Kind=${wish.kind}): ${wrong === null ? `.${field}: field not declared in schema` : `.${wrong.path}: expected string, got &value.valueUnstructured{Value:${String(wrong.value)}}`}`,
      );
    const live = storage.read(target.kind, target.namespace, target.name);
    const plain = withoutStringData(wish);
    const merged = serverSideApply(live === null ? null : inVersion(live, target.kind), plain, {
      manager: options.manager,
      force: options.force,
      now: storage.time(),
    });
    const object = live === null ? insert(target, merged, options) : update(target, live, merged, options);
    return { object, created: live === null, warnings: [] };
  };

  return {
    create: (target, body, options) => {
      const wish = typed(body, target);
      validateAddress(wish, target.namespace, null);
      const warnings = strange(wish, options);
      if (storage.read(target.kind, target.namespace, wish.metadata.name) !== null)
        throw alreadyExists(target.kind.plural, target.kind.group, wish.metadata.name);
      const plain = pruned(withoutStringData(wish));
      return { object: insert(target, managed(null, plain, options), options), created: true, warnings };
    },
    replace: (target, body, options) => {
      const wish = typed(body, target);
      validateAddress(wish, target.namespace, target.name);
      const live = mustRead(target);
      const warnings = strange(wish, options);
      // Who does not send it has no say in it.
      const managedFields = wish.metadata['managedFields'] ?? live.metadata['managedFields'] ?? [];
      const plain = pruned(withoutStringData({ ...wish, metadata: { ...wish.metadata, managedFields } }));
      return {
        object: update(target, live, managed(live, plain, options), options),
        created: false,
        warnings,
      };
    },
    patch: (target, type, body, options) => {
      if (type === 'application/apply-patch+yaml') return apply(target, body, options);
      const live = inVersion(mustRead(target), target.kind);
      let result: Json;
      if (type === 'application/json-patch+json') result = jsonPatch(live, body);
      else if (type === 'application/merge-patch+json') result = mergePatch(live, body);
      else if (type === 'application/strategic-merge-patch+json' && !target.kind.custom && isMap(body))
        result = strategicMerge(live, body);
      else
        throw new Refusal(
          415,
          `the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml`,
        );
      const wish = typed(result, target);
      const warnings = strange(wish, options);
      const plain = pruned(withoutStringData(wish));
      // A patch of the ownership itself says who owns what, and is not asked again.
      const isOwnership = !equal(live.metadata['managedFields'], plain.metadata['managedFields']);
      const owned = isOwnership ? plain : managed(live, plain, options);
      return { object: update(target, live, owned, options), created: false, warnings };
    },
    remove: (target, deleteOptions, dryRun) => {
      const live = mustRead(target);
      const conditions = mapAt(deleteOptions, 'preconditions');
      if (conditions['uid'] !== undefined && conditions['uid'] !== uidOf(live))
        throw new Refusal(
          409,
          `Precondition failed: UID in precondition: ${conditions['uid']}, UID in object meta: ${uidOf(live)}`,
        );
      if (dryRun) return { object: live, waits: false };
      if (!hasFinalizers(live) && target.kind.kind !== 'Namespace') {
        storage.remove(target.kind, target.namespace, target.name);
        return { object: live, waits: false };
      }
      if (live.metadata['deletionTimestamp'] !== undefined) return { object: live, waits: true };
      live.metadata['deletionTimestamp'] = storage.time();
      return { object: storage.write(target.kind, live), waits: true };
    },
  };
};

const hasFinalizers = (object: KubeObject): boolean => {
  const finalizers = object.metadata['finalizers'];
  return Array.isArray(finalizers) && finalizers.length > 0;
};

const versionOf = ({ apiVersion }: KubeObject): string => apiVersion.split('/').at(-1) ?? '';
