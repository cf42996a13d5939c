# All programs of this repository in one image; docker-compose.yml says which one a container runs.
# Each COPY sets modes: those of a checkout under a strict umask would shut out the image's user.

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY --chmod=755 package.json package-lock.json .npmrc ./
RUN npm ci
COPY --chmod=755 . .
RUN npx tsc -p tsconfig.build.json

FROM node:24-bookworm-slim AS packages
WORKDIR /app
COPY --chmod=755 package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev

FROM node:24-bookworm-slim
WORKDIR /app
ENV NODE_ENV=production
COPY --chmod=755 --from=packages /app/node_modules ./node_modules
COPY --chmod=755 --from=build /app/dist ./dist
COPY --chmod=755 package.json ./
COPY --chmod=755 strangler-proxy/shop ./strangler-proxy/shop
COPY --chmod=755 legacy-monolith/import/sample ./legacy-monolith/import/sample
COPY --chmod=755 deploy/compose/answers-ok.sh ./deploy/compose/
# The folder that programs may write; a volume mounted there takes its owner over.
RUN install -d -o node -g node /state
USER node
CMD ["node", "dist/strangler-proxy/cli/main.js", "--help"]
