#pragma once

// Where it was; it is of use beyond operations.
#include "models/domain/visibletext.h"
