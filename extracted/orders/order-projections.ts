import type { Sequelize } from 'sequelize';
import type { Projection } from '#platform/projections/projection.js';
import { notedTimelinesIn, orderHistoryIn } from './adapters/order-history.js';
import { orderViewsIn } from './adapters/order-view-table.js';
import { trackingFactsIn } from './adapters/tracking-fact-table.js';
import { projectOrderViews } from './use-cases/order-views.js';
import type { Elsewhere } from './use-cases/participants.js';
import { projectTracking } from './use-cases/track-orders.js';

/** What the service's queries read, and where it is built from. */
export function orderProjections(database: Sequelize, elsewhere: Elsewhere): Projection[] {
  const history = orderHistoryIn(database);
  const noted = notedTimelinesIn(database);
  return [
    projectOrderViews(orderViewsIn(database), history),
    projectTracking(trackingFactsIn(database), { history, noted, elsewhere }),
  ];
}
