#pragma once

namespace elephaas {
struct Plan;
}
