# What a person does with this repository. `make run` and `make test` need make and Python 3.
.PHONY: run run-full test test-slow test-full soak coverage check check-deploy audit secrets sbom hooks bench pictures icons mutation format lock clean

PYTHON ?= python3
UV := .uv/bin/uv
# uv looks for a Python that suits, and downloads one where the system has none; PYTHON=... decides otherwise.
SUITABLE := $(shell sed -n 's/^requires-python = "\(.*\)"/\1/p' pyproject.toml)
VENV_PYTHON := $(if $(filter file,$(origin PYTHON)),$(SUITABLE),$(PYTHON))
# An upgrade of the system may take away the Python of .venv, which is then made anew.
$(shell [ -x .venv/bin/python ] || rm -rf .venv)
# Certificates as the system knows them: a company's mirror is often signed by the company.
export UV_SYSTEM_CERTS := true
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Each of a dozen processes would compile Django and dbt anew: ten seconds of CPU for a build alone.
export PYTHONDONTWRITEBYTECODE :=
PY := .venv/bin/python
# Three workers for two cores, as each spends a fifth of its time waiting. A worker that dies ends the run:
# pytest-xdist would wait for its tests forever (its issue 1378).
PARALLEL := -n 3 --dist loadfile --no-loadscope-reorder --max-worker-restart=0

run: .venv/.runtime
	@$(PY) -m spotifyweb.devserver

# The same set as `docker compose --profile full up`, without containers; needs Java, Maven and Postgres.
run-full: .venv/.dev
	@$(PY) -m tests.deploy.full

test: .venv/.dev
	$(PY) -m pytest $(PARALLEL) $(ARGS)

# What `make test` leaves out as it takes minutes: whole builds, kills, the site in a browser.
test-slow: .venv/.dev
	$(PY) -m pytest $(PARALLEL) -m "slow and not engines and not long" $(ARGS)

test-full: .venv/.dev
	$(PY) -m tests.engines $(ARGS)

# MINUTES of the machine, in which a simulated clock goes SPEED times as fast; SEED draws the faults.
soak: .venv/.dev
	@$(PY) -m tests.soak --minutes $(or $(MINUTES),30) --seed $(or $(SEED),1) --speed $(or $(SPEED),96)

# Which lines and branches of the product the tests reach; the pages are in var/coverage/html.
coverage: .venv/.dev
	@mkdir -p var/coverage
	$(PY) -m pytest $(PARALLEL) -m "not engines and not long" --cov --cov-report=html --cov-report=term $(ARGS)

# Refuse commits that `make check` or the form of messages would refuse.
hooks: .venv/.dev
	.venv/bin/pre-commit install

check: .venv/.dev
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	.venv/bin/lint-imports
	$(PY) -m mypy
	.venv/bin/sqlfluff lint dbt/models dbt/tests dbt/macros
	.venv/bin/djlint templates --check --lint
	$(PY) manage.py makemigrations --check --dry-run
	$(PY) manage.py check

# deploy/ by tools that nothing else needs, in environments of their own: two packages called hcl2 differ.
check-deploy: .venv/.dev .tools/.ready
	PATH="$(CURDIR)/.tools/schemas/bin:$$PATH" $(PY) -m pytest -rs tests/deploy
	.tools/checkov/bin/checkov --config-file deploy/checkov.yaml --directory deploy/terraform
	kubectl kustomize deploy/kubernetes > .tools/kubernetes.yaml
	.tools/checkov/bin/checkov --config-file deploy/checkov.yaml --file .tools/kubernetes.yaml

.tools/.ready: deploy/requirements.txt deploy/checkov.txt $(UV)
	$(UV) venv --quiet --allow-existing --python $(PYTHON) .tools/schemas
	$(UV) pip install --quiet --python .tools/schemas -r deploy/requirements.txt
	$(UV) venv --quiet --allow-existing --python $(PYTHON) .tools/checkov
	$(UV) pip install --quiet --python .tools/checkov -r deploy/checkov.txt
	@touch .tools/.ready

# Known vulnerabilities of the packages in the lock file.
audit: .tools/.audit
	.tools/audit/bin/pip-audit --disable-pip --require-hashes --requirement requirements.lock

# Secrets in the whole history; needs Go.
secrets:
	go run github.com/zricethezav/gitleaks/v8@v8.30.1 git --no-banner --redact .

# The bill of materials: what an install consists of, as CycloneDX.
sbom: .tools/.audit
	@mkdir -p var
	.tools/audit/bin/cyclonedx-py requirements requirements.lock --output-reproducible -o var/sbom.json

.tools/.audit: deploy/audit.txt $(UV)
	$(UV) venv --quiet --allow-existing --python $(PYTHON) .tools/audit
	$(UV) pip install --quiet --python .tools/audit -r deploy/audit.txt
	@touch .tools/.audit

bench: .venv/.dev
	@$(PY) -m bench $(ONLY)

# The pictures of README and welcome page, from what `make run` shows with its sandbox.
pictures: .venv/.dev
	$(PY) docs/images/pictures.py

# The icons of the installed app, from the logo.
icons: .venv/.dev
	$(PY) docs/images/icons.py

# SAMPLE mutants per area (0 for all), ONLY one area: takes from minutes to many hours.
mutation: .venv/.dev $(UV)
	@PATH="$(CURDIR)/.uv/bin:$$PATH" $(PY) -m tests.mutation --only "$(ONLY)" --sample $(or $(SAMPLE),40)

format: .venv/.dev
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

# The last command fails where a package has no wheel for a Raspberry Pi.
lock: $(UV)
	$(UV) pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		pyproject.toml -o requirements.lock
	$(UV) pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--all-extras pyproject.toml -c requirements.lock -o requirements-dev.lock
	$(UV) pip compile --quiet --python-version 3.11 --python-platform aarch64-unknown-linux-gnu --only-binary :all: \
		pyproject.toml -c requirements.lock -o /dev/null

$(UV):
	$(PYTHON) -m venv .uv
	.uv/bin/pip install --quiet "uv>=0.13"

.venv/pyvenv.cfg: | $(UV)
	$(UV) venv --quiet --python '$(VENV_PYTHON)' .venv

# On disk before they count as installed: a power cut leaves empty files of what was written moments before.
.venv/.dev: requirements-dev.lock | .venv/pyvenv.cfg
	$(UV) pip sync --quiet --python .venv --require-hashes requirements-dev.lock
	@sync && touch .venv/.dev .venv/.runtime

.venv/.runtime: requirements.lock | .venv/pyvenv.cfg
	$(UV) pip install --quiet --python .venv --require-hashes -r requirements.lock
	@sync && touch .venv/.runtime

clean:
	rm -rf .venv .uv .tools
