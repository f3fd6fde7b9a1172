# make demo · make test: each builds its own virtual environment from the lock files first.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check
LANGUAGE ?= zh
JOBS   ?= 2

.DEFAULT_GOAL := help
.PHONY: help install ocr-extra demo serve-demo browser test test-full long check docs lock clean bench bench-backup bench-catalogue bench-import bench-import-lists bench-lend bench-chasing bench-counter bench-due bench-preview bench-destroy bench-vault bench-segments bench-stocktake bench-statistics bench-quality bench-forms bench-search bench-serving kills races

help: ## 列出这些目标 / list these targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /|/' | awk -F'|' '{printf "  %-16s %s\n", $$1, $$2}'

$(VENV)/bin/python:
	@echo "==> 建立虚拟环境 / creating the virtual environment $(VENV)"
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.lock pyproject.toml | $(VENV)/bin/python
	@echo "==> 按锁定文件安装依赖 / installing what requirements.lock names"
	$(PIP) install --require-hashes -r requirements.lock
	$(PIP) install --no-deps --no-build-isolation --quiet -e .
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock $(VENV)/.installed
	@echo "==> 安装测试工具 / installing the test tools"
	$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

install: $(VENV)/.installed ## 只安装 / only install

ocr-extra: $(VENV)/.installed ## 加装文字识别（可选，约 0.4 GB） / add character recognition (optional, about 0.4 GB)
	$(PIP) install --require-hashes -r requirements-ocr.lock

demo: $(VENV)/.installed ## 演示主线：建库、归档、检索、借还、到期、校验 / the main job, end to end
	$(BIN)/anjuan --lang $(LANGUAGE) demo --home demo-home --again

test: $(VENV)/.installed-dev ## 测试（十分钟之内） / the tests, within ten minutes
	$(BIN)/python -m pytest -n $(JOBS) -m "not slow and not long"

long: $(VENV)/.installed-dev ## 最长的几套：32 进程 × 500 轮、50 次强杀、100 次随机 / the longest suites of the ledger
	$(BIN)/python -m pytest -s -m long

test-full: $(VENV)/.installed-dev browser ## 全部测试，含慢速 / everything, slow suites too
	$(BIN)/python -m pytest -n $(JOBS) -m slow
	@$(BIN)/python -c "import rapidocr" 2>/dev/null || echo "not run: character recognition suite (the extra ocr is not installed: make ocr-extra)"
	@echo "not run: PostgreSQL suite (planned with the growth engines; SQLite only in this version)"
	@command -v chromium >/dev/null || echo "not run: browser suite (Debian's chromium is not installed, and only root may install it)"
	@command -v soffice >/dev/null && command -v pdftoppm >/dev/null || echo "not run: LibreOffice suite (soffice or pdftoppm is not installed)"

browser: ## 安装真实浏览器测试所用的 Chromium（须有 root） / install the Chromium of the browser tests (as root)
	@command -v chromium >/dev/null || { [ "$$(id -u)" = 0 ] && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium >/dev/null; } || true

serve-demo: $(VENV)/.installed ## 在浏览器中看演示库 / the demonstration in a browser
	$(BIN)/anjuan --lang $(LANGUAGE) --home demo-home demo --again --serve

check: $(VENV)/.installed-dev ## 格式、静态检查、类型 / lint and types
	$(BIN)/ruff check .
	$(BIN)/mypy

docs: $(VENV)/.installed-dev ## 重新生成参考文档 / write the generated references anew
	$(BIN)/python docs/build.py
	$(BIN)/python docs/regulations.py

bench: bench-backup bench-catalogue bench-import bench-import-lists bench-lend bench-chasing bench-counter bench-due bench-preview bench-destroy bench-vault bench-segments bench-stocktake bench-statistics bench-quality bench-forms bench-search bench-serving ## 全部基准 / every benchmark
bench-backup bench-catalogue bench-lend bench-chasing bench-counter bench-due bench-preview bench-destroy bench-vault bench-segments bench-stocktake bench-quality bench-forms bench-search bench-serving: bench-%: $(VENV)/.installed-dev ## 单项基准 / one benchmark
	$(BIN)/python benchmarks/$*.py
bench-import: $(VENV)/.installed-dev
	$(BIN)/python benchmarks/importing.py
bench-import-lists: $(VENV)/.installed-dev
	$(BIN)/python benchmarks/import_lists.py
bench-statistics: $(VENV)/.installed-dev
	$(BIN)/python benchmarks/counting.py

lock: $(VENV)/.installed-dev ## 重新锁定依赖 / lock the dependencies anew
	$(PIP) install --quiet uv
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --no-annotate --python-version 3.11 pyproject.toml --group build -o requirements.lock
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --no-annotate --python-version 3.11 pyproject.toml --group build --group dev -o requirements-dev.lock
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --no-annotate --python-version 3.11 pyproject.toml --group build --extra ocr -c requirements.lock -o requirements-ocr.lock

clean: ## 删除虚拟环境与演示库 / remove the environment and the demonstration
	rm -rf $(VENV) demo-home build dist
