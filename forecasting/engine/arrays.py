"""Names for the array types that every kernel takes and returns."""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Numbers: TypeAlias = NDArray[np.floating[Any]]
Mask: TypeAlias = NDArray[np.bool_]
Indices: TypeAlias = NDArray[np.intp]
Texts: TypeAlias = NDArray[np.str_]

MONTHS_PER_YEAR = 12
