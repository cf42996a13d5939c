import { catalogueRequests } from '#contracts/shop/catalogue-requests.js';
import { inventoryRequests } from '#contracts/shop/inventory-requests.js';
import { notificationRequests } from '#contracts/shop/notification-requests.js';
import { orderRequests } from '#contracts/shop/order-requests.js';
import { paymentRequests } from '#contracts/shop/payment-requests.js';
import { requestServers } from '#contracts/shop/request-servers.js';
import { deadLetterSubject, replaySubject } from '#contracts/strangler/dead-letter.js';
import { growthSubject } from '#contracts/strangler/growth.js';
import { gatewayLeftSubject } from '#contracts/strangler/known-gateways.js';
import { projectionsSubject, rebuildSubject } from '#contracts/strangler/projections.js';
import { atMonolith, type ServiceEndpoint, serviceSubject } from '#contracts/strangler/service-endpoint.js';
import { writtenKeysSubject } from '#contracts/strangler/written-keys.js';
import { type BrokerUser, brokerUsers } from '../system/shop-accounts.js';
import { serviceNames } from '../system/service-names.js';
import type { Channel } from './channel.js';

/** Consumers of events, all of the orders service. */
const consumers = ['order-views', 'order-tracking'];

/** What programs of the shop ask of each other. Orders are placed at either side: both ask for stock, charges and notices. */
export function requestChannels(): Channel[] {
  const { reserve, release, ship, shortages } = inventoryRequests;
  const { charge, giveBack, outcome, all: allPayments } = paymentRequests;
  const { notify, all: allNotifications } = notificationRequests;
  const orderTasks: readonly ServiceEndpoint[] = [
    reserve,
    release,
    ship,
    shortages,
    charge,
    giveBack,
    outcome,
    notify,
  ];
  const lists: readonly ServiceEndpoint[] = [allPayments, allNotifications];
  return [
    request(catalogueRequests.exists, 'monolith', ['inventory']),
    request(catalogueRequests.products, 'monolith', ['orders']),
    request(atMonolith(orderRequests.settle), 'monolith', ['orders']),
    ...orderTasks.map((endpoint) => request(endpoint, ownerOf(endpoint), ['orders', 'monolith'])),
    ...lists.map((endpoint) => request(endpoint, ownerOf(endpoint), ['orders'])),
    ...[...orderTasks, ...lists].map((endpoint) => request(atMonolith(endpoint), 'monolith', ['orders'])),
  ];
}

/** The account of a service is called like its capability. */
function ownerOf({ capability }: ServiceEndpoint): BrokerUser {
  const owner = serviceNames.find((name) => name === capability);
  if (!owner) throw new Error(`there is no service ${capability}`);
  return owner;
}

function request(endpoint: ServiceEndpoint, answerer: BrokerUser, askers: readonly BrokerUser[]): Channel {
  const subject = serviceSubject(endpoint);
  return {
    act: `requests: ${endpoint.capability.replace(/\.monolith$/, '')}.${endpoint.verb} of ${answerer === 'monolith' ? 'the monolith' : 'the service'}`,
    kind: 'ask',
    // One instance is asked by its id behind the subject that all share.
    subjects: [subject, `${subject}.*`],
    publish: askers,
    subscribe: [answerer],
  };
}

/** Those who keep something and tell how much. */
const measured = brokerUsers.filter((user) => user !== 'gateway' && user !== 'operator');

/** What gateways tell each other, and what operators ask. */
export function otherChannels(): Channel[] {
  const ask = (act: string, subject: string, answerers: readonly BrokerUser[]): Channel => ({
    ...{ act, kind: 'ask', subjects: [subject], publish: ['operator'], subscribe: answerers },
  });
  return [
    {
      ...{ act: 'keys just written', kind: 'announce', subjects: serviceNames.map(writtenKeysSubject) },
      ...{ publish: ['gateway'], subscribe: ['gateway'] },
    },
    {
      ...{ act: 'gateways say good-bye', kind: 'ask', subjects: [gatewayLeftSubject] },
      ...{ publish: ['gateway'], subscribe: ['control-plane'] },
    },
    {
      ...{ act: 'dead letters', kind: 'announce', subjects: consumers.map(deadLetterSubject) },
      ...{ publish: ['orders'], subscribe: [] },
    },
    ...consumers.map((name) => ask(`events: replay for ${name}`, replaySubject(name), ['orders'])),
    ask('projections: look', projectionsSubject, ['orders']),
    ask('projections: rebuild', rebuildSubject, ['orders']),
    ask('growth of stores', growthSubject, measured),
  ];
}

/** Who may be found under which name, and who may look for it. */
export function discoveryChannels(): Channel[] {
  const lookers = ['gateway', 'control-plane', 'operator'] as const;
  const named = [
    register('gateway', 'gateway', ['control-plane', 'operator']),
    register('control-plane', 'control-plane', ['operator']),
    register('monolith', 'monolith-sidecar', lookers),
    ...serviceNames.map((name) => register(name, `${name}-sidecar`, lookers)),
    register(requestServers.monolith, 'monolith', ['inventory', 'orders', 'operator']),
    ...(['inventory', 'payments', 'notifications'] as const).map((name) =>
      register(requestServers[name], name, ['monolith', 'orders', 'operator']),
    ),
  ];
  const registered = new Set(named.flatMap(({ subscribe }) => subscribe));
  const everybody: Channel = {
    act: 'discovery: everybody at once',
    kind: 'register',
    // Any account may answer here with any name, so no program asks it: only people do.
    subjects: ['$SRV.PING', '$SRV.INFO', '$SRV.STATS'],
    publish: ['operator'],
    subscribe: brokerUsers.filter((user) => registered.has(user)),
  };
  return [...named, everybody];
}

function register(name: string, account: BrokerUser, lookers: readonly BrokerUser[]): Channel {
  const subjects = ['PING', 'INFO', 'STATS'].flatMap((verb) => [
    `$SRV.${verb}.${name}`,
    `$SRV.${verb}.${name}.*`,
  ]);
  return { act: `discovery: ${name}`, kind: 'register', subjects, publish: lookers, subscribe: [account] };
}
