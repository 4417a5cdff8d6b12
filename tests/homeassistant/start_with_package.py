"""Starts a real Home Assistant by the `real-ha` program, with our package and blueprints in its configuration.

`start_with_package.py REAL_HA FILES start …` takes what `REAL_HA start` takes. Home Assistant can load
`mqtt_eventstream` at its start only, so the files must be there before: as soon as `real-ha` has written the
configuration.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import Any

PACKAGES = "  packages: !include_dir_named packages\n"
"""The line that the README has people write, under `homeassistant:`."""


def main(real_ha: Path, files: Path, arguments: list[str]) -> int:
    sys.path.insert(0, str(real_ha.parent))
    loader = SourceFileLoader("real_ha", str(real_ha))
    spec = importlib.util.spec_from_loader("real_ha", loader)
    assert spec is not None
    module: Any = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    write_configuration = module.write_configuration

    def with_package(config: Path, *rest: Any) -> None:
        write_configuration(config, *rest)
        file = config / "configuration.yaml"
        file.write_text(_with_packages(file.read_text()))
        (config / "packages").mkdir(exist_ok=True)
        for package in files.glob("*.yaml"):
            shutil.copyfile(package, config / "packages" / package.name)
        shutil.copytree(files / "blueprints", config / "blueprints", dirs_exist_ok=True)

    module.write_configuration = with_package
    sys.argv = [str(real_ha), *arguments]
    status: int = module.main()
    return status


def _with_packages(text: str) -> str:
    """The configuration with packages; `real-ha` writes a section as JSON on one line, which takes no `!include`."""
    lines = text.splitlines(keepends=True)
    [number] = [number for number, line in enumerate(lines) if line.startswith("homeassistant: {")]
    settings = json.loads(lines[number].removeprefix("homeassistant: "))
    lines[number] = f"homeassistant:\n{PACKAGES}" + "".join(f"  {k}: {json.dumps(v)}\n" for k, v in settings.items())
    return "".join(lines)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]), sys.argv[3:]))
