"""Write the documents: `python -m contracts.documents [FOLDER]`, the folder being the project's."""

import sys
from pathlib import Path

from contracts.documents import documents

folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path()
for name, text in documents().items():
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
