import { join } from 'node:path';
import type { ImageContents } from './read-dockerfile.js';

/** What a container's root folder is made of. */
export interface ContainerFiles {
  /** An empty folder. */
  rootFolder: string;
  /** The text of /etc/hosts. */
  hosts: string;
  tmpfs: readonly string[];
  readOnly: boolean;
  /** `owner` is left as it is where it is undefined. */
  mounts: readonly { source: string; target: string; file: boolean; owner: number | undefined }[];
  /** The Dockerfile's; undefined for a program of this machine that stands in for an image. */
  image: ImageContents | undefined;
  repository: string;
  node: string;
}

/** The user and working directory that a command gets, inside of the container. */
export interface Identity {
  uid: number;
  workdir: string;
}

/**
 * Of the programs in Debian's image, those that may be needed: packages that are always there. Others of this machine, such as
 * curl, are out of sight, as they are in the image.
 */
const programsOfDebian = ['bash', 'sh', 'dash', 'cat', 'env', 'sleep', 'true', 'false', 'setpriv'];

/** A shell script that makes the root folder in a mount namespace of its own, and becomes the command there. */
export function containerScript(
  files: ContainerFiles,
  identity: Identity,
  command: readonly string[],
): string {
  const { rootFolder: root, tmpfs, hosts, readOnly } = files;
  return [
    'set -e',
    `mount -t tmpfs -o mode=755 tmpfs ${root}`,
    `cd ${root}`,
    'mkdir -p etc proc dev tmp usr opt/node',
    'chmod 1777 tmp',
    'mount --rbind /proc proc',
    'mount --rbind /dev dev',
    'mount --bind /usr usr',
    // Links into usr, or folders, as the machine's distribution has it.
    'for one in bin sbin lib lib32 lib64 libx32; do',
    '  if [ -L /$one ]; then cp -P /$one $one; elif [ -d /$one ]; then mkdir $one; mount --bind /$one $one; fi',
    'done',
    ...bindFile(files.node, 'opt/node/node'),
    `printf '%s' ${quoted(hosts)} >etc/hosts`,
    `printf 'root:x:0:0::/:/bin/sh\\nnode:x:1000:1000::/tmp:/bin/sh\\nserver:x:999:999::/tmp:/bin/sh\\n' >etc/passwd`,
    `printf 'root:x:0:\\nnode:x:1000:\\nserver:x:999:\\n' >etc/group`,
    `printf 'hosts: files\\n' >etc/nsswitch.conf`,
    ...(files.image === undefined ? repository(files) : imageContents(files, files.image)),
    ...tmpfs.flatMap((folder) => [`mkdir -p .${folder}`, `mount -t tmpfs -o mode=1777 tmpfs .${folder}`]),
    ...files.mounts.flatMap(mountOf),
    ...(readOnly ? [`mount -o remount,bind,ro ${root}`] : []),
    `exec chroot ${root} ${runAs(identity, command).map(quoted).join(' ')}`,
  ].join('\n');
}

/** The same rights as in a container: a user without any, who can't gain some. */
export function runAs({ uid, workdir }: Identity, command: readonly string[]): string[] {
  const rights = ['--no-new-privs', '--inh-caps=-all', '--bounding-set=-all', '--clear-groups'];
  return ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, ...rights, 'env', `--chdir=${workdir}`, ...command];
}

function repository({ repository: folder }: ContainerFiles): string[] {
  return ['mkdir repository', `mount --rbind ${quoted(folder)} repository`];
}

function imageContents({ repository: folder }: ContainerFiles, image: ImageContents): string[] {
  const programs = programsOfDebian.flatMap((name) => [
    `if [ -e /usr/bin/${name} ]; then cp /usr/bin/${name} programs/${name}; fi`,
  ]);
  return [
    'mkdir programs',
    ...programs,
    'mount -t tmpfs tmpfs usr/sbin',
    'mount --bind programs usr/bin',
    'mount -t tmpfs tmpfs usr/local',
    ...image.copies.flatMap(({ source, target, fromStage, mode }) => [
      `mkdir -p .${join(target, '..')}`,
      ...(fromStage
        ? [`mkdir .${target}`, `mount --bind ${quoted(join(folder, source))} .${target}`]
        : [`cp -R --preserve=mode ${quoted(join(folder, source))} .${target}`]),
      ...(mode === undefined || fromStage ? [] : [`chmod -R ${mode} .${target}`]),
    ]),
    `mkdir -p .${image.writable}`,
    `chown 1000:1000 .${image.writable}`,
  ];
}

function mountOf({ source, target, file, owner }: ContainerFiles['mounts'][number]): string[] {
  if (file) return bindFile(source, target.slice(1));
  return [
    `mkdir -p ${quoted(source)} .${target}`,
    ...(owner === undefined ? [] : [`chown ${owner}:${owner} ${quoted(source)}`]),
    `mount --bind ${quoted(source)} .${target}`,
  ];
}

function bindFile(source: string, target: string): string[] {
  return [`mkdir -p ${join(target, '..')}`, `touch ${target}`, `mount --bind ${quoted(source)} ${target}`];
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
