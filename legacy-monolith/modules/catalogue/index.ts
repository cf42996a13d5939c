import type { Transaction } from 'sequelize';
import { catalogueEndpoints, type Product } from '#contracts/shop/catalogue.js';
import { catalogueRequests } from '#contracts/shop/catalogue-requests.js';
import { plain, resource } from '#platform/http/answers.js';
import { readRoute, type Route, writeRoute } from '#platform/http/route.js';
import { requestRoute, type RequestRoute } from '#platform/messaging/serve-requests.js';
import type { ModuleContext } from '../../context/module-context.js';
import { defineProductTable } from './product-table.js';
import { putProduct } from './put-product.js';
import { findProducts, getProduct, listProducts } from './read-products.js';

/** What the shop sells, and for how much. */
export interface Catalogue {
  routes: Route[];
  /** What services ask of it. */
  requests: RequestRoute[];
  /** Products by id, those that exist, as this transaction sees them. */
  findProducts: (productIds: readonly string[], transaction: Transaction) => Promise<Map<string, Product>>;
}

export function createCatalogue({ database, runWrite, clock }: ModuleContext): Catalogue {
  const products = defineProductTable(database);
  return {
    findProducts: (productIds, transaction) => findProducts(products, productIds, transaction),
    requests: [
      requestRoute(catalogueRequests.exists, async ({ productId }) => ({
        exists: (await products.count({ where: { productId } })) > 0,
      })),
      requestRoute(catalogueRequests.products, async ({ productIds }) => {
        const found = await database.transaction((transaction) =>
          findProducts(products, productIds, transaction),
        );
        return { products: [...found.values()] };
      }),
    ],
    routes: [
      readRoute(catalogueEndpoints.list, async ({ query }) => plain(await listProducts(products, query))),
      readRoute(catalogueEndpoints.get, async ({ params }) =>
        resource(await getProduct(products, params.productId)),
      ),
      writeRoute(
        catalogueEndpoints.put,
        runWrite.catalogue,
        ({ params }) => params.productId,
        async ({ params, body, expectedVersions }, transaction) => {
          const change = { ...params, ...body };
          const { product, created } = await putProduct(
            products,
            change,
            expectedVersions,
            clock(),
            transaction,
          );
          return resource(
            product,
            created ? 201 : 200,
            created ? { location: `/products/${product.productId}` } : {},
          );
        },
      ),
    ],
  };
}
