#include "sorting.hpp"

namespace gliofront {

std::vector<Comparator> sorting_network(int count) {
    std::vector<Comparator> network;
    int top = 1;
    while (2 * top < count) top *= 2;
    for (int p = top; p >= 1; p /= 2) {
        int distance = p, part = 0;
        for (int q = top;; q /= 2) {
            for (int i = 0; i + distance < count; ++i) {
                if ((i & p) == part) network.push_back({i, i + distance});
            }
            if (q == p) break;
            distance = q - p;
            part = p;
        }
    }
    return network;
}

}  // namespace gliofront
