# The base is named once, so that one line changes when it is renewed.
FROM python:3.13-slim@sha256:7c61056e61ac89e852de05f3dc6fa51a6dd2181797bceed46aa725dd7cb2cd3b AS base

FROM base AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /build
COPY requirements.txt requirements-build.txt ./
# Everything is pinned by hash, also what only builds. What only builds stays in this stage.
# pip's own byte code is left out: the one made below is never checked against its source, which saves time at the start.
RUN pip install --no-deps --require-hashes --only-binary :all: -r requirements-build.txt \
 && pip install --no-compile --no-deps --require-hashes --only-binary :all: --prefix /image/usr/local -r requirements.txt
COPY pyproject.toml LICENSE entrypoint.py ./
COPY cvaction ./cvaction
# actions-toolkit's wheel brings a top-level package `tests`. The commands in bin/ belong to nobody here, and the compiled
# half of charset-normalizer, half a megabyte, only makes faster what the action never does. Part of urllib3 is for browsers.
RUN pip install --no-compile --no-deps --no-build-isolation --prefix /image/usr/local . \
 && rm -rf /image/usr/local/bin /image/usr/local/lib/python3.*/site-packages/tests \
 && rm -rf /image/usr/local/lib/python3.*/site-packages/urllib3/contrib/emscripten \
 && find /image -name '*.so' -delete \
 && install -m 755 entrypoint.py /image/entrypoint.py
# Byte code and no sources: half as large. The libraries' sources are what requirements.txt names, by hash; the action's own
# are the commit that the image's attestation names. The libraries lose their docstrings, as with python -OO. The action
# keeps its own, as with -O: each start would make a text from the signature of every dataclass that has none.
RUN python -BPc "\
import glob, os, py_compile; \
mode = py_compile.PycInvalidationMode.UNCHECKED_HASH; \
found = glob.glob('/image/usr/local/lib/**/*.py', recursive=True); \
level = lambda path: 1 if '/cvaction/' in path else 2; \
[py_compile.compile(path, path + 'c', path.removeprefix('/image'), True, level(path), mode) for path in found]; \
[os.remove(path) for path in found]"
# The base image has no byte code of the standard library: each new container would compile what it imports, which takes
# longer than all the rest of the start. It is added for what the action imports, without docstrings, as python -OO has it.
RUN PYTHONPATH="$(echo /image/usr/local/lib/python3.*/site-packages)" python -BPc "\
import py_compile, sys, cvaction.main, encodings.idna; \
[load() for load in cvaction.commands.COMMANDS.values()]; \
specs = [module.__spec__ for module in list(sys.modules.values()) if getattr(module, '__spec__', None)]; \
own = [spec for spec in specs if spec.cached and spec.origin.startswith(sys.prefix) and 'site-packages' not in spec.origin]; \
mode = py_compile.PycInvalidationMode.UNCHECKED_HASH; \
[py_compile.compile(spec.origin, '/image' + spec.cached, doraise=True, optimize=2, invalidation_mode=mode) for spec in own]"

FROM base
LABEL org.opencontainers.image.title="cvaction" \
      org.opencontainers.image.description="Promotes an Azure Custom Vision project from one resource to another, as a GitHub Action" \
      org.opencontainers.image.licenses="MIT"
# A mirror has many threads. With a heap for each, what they have freed would stay taken.
ENV MALLOC_ARENA_MAX=2
COPY --from=build /image/ /
# No USER and no WORKDIR: the runner needs root, and sets the working directory to the workspace.
ENTRYPOINT ["/entrypoint.py"]
