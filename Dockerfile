# All programs of this repository in one image; docker-compose.yml says which one a container runs.

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN npx tsc -p tsconfig.build.json

FROM node:24-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev

FROM node:24-bookworm-slim
WORKDIR /app
ENV NODE_ENV=production
COPY --from=packages /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json ./
COPY strangler-proxy/shop ./strangler-proxy/shop
COPY legacy-monolith/import/sample ./legacy-monolith/import/sample
# The folder that programs may write; a volume mounted there takes its owner over.
RUN install -d -o node -g node /state
USER node
CMD ["node", "dist/strangler-proxy/cli/main.js", "--help"]
