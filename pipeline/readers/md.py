"""Markdown: one document a file, read as plain text is; its marks stay."""

from __future__ import annotations

from pipeline.readers.txt import read

__all__ = ["read"]
