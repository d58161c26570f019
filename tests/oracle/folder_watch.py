"""Waits until something happens in a folder, as the kernel tells it (inotify). Linux; standard
library only."""
import ctypes
import os
import select

CREATED = 0x100
MODIFIED = 0x2


class FolderWatch:
    """Begins with the constructor; a context manager. The folder is there and stays."""

    def __init__(self, folder, events):
        libc = ctypes.CDLL(None, use_errno=True)
        self.descriptor = libc.inotify_init1(os.O_CLOEXEC)
        if self.descriptor < 0 or libc.inotify_add_watch(
                self.descriptor, os.fsencode(folder), events) < 0:
            raise OSError(ctypes.get_errno(), "inotify")

    def wait(self, seconds):
        """False when nothing has happened in that time."""
        return bool(select.select([self.descriptor], [], [], seconds)[0])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.descriptor)
